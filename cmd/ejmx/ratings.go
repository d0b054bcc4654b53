package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/workbook"
)

// mergeOptions are the flags of ejmx ratings merge.
type mergeOptions struct {
	out  string
	json bool
}

func newRatings(e *env) *cobra.Command {
	c := &cobra.Command{
		Use:     "ratings",
		Short:   "Join what reviewers typed",
		Long:    `Ratings works with what reviewers return: filled-in copies of summary.xlsx, and marks saved from the offline site.`,
		Example: "  ejmx ratings merge summary-anna.xlsx summary-ben.xlsx",
	}
	var o mergeOptions
	merge := &cobra.Command{
		Use:   "merge FILE…",
		Short: "Join the workbooks and marks that reviewers returned into one",
		Long: `Merge reads copies of summary.xlsx that reviewers filled in, and files of marks saved from the offline site, and writes
one workbook: a column a reviewer, the mean, the spread, and who disagrees. A row without a reviewer's name is by the
name of its file.`,
		Example: "  ejmx ratings merge summary-anna.xlsx summary-ben.xlsx marks-chen.json --out ratings.xlsx",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, files []string) error { return runMerge(e, &o, files) },
	}
	merge.Flags().StringVar(&o.out, "out", "ratings.xlsx", "the workbook to write; one that is there is not replaced")
	merge.Flags().BoolVar(&o.json, "json", false, "print one JSON object on standard output, and nothing else there")
	c.AddCommand(merge)
	return c
}

func runMerge(e *env, o *mergeOptions, files []string) error {
	var opinions []workbook.Opinion
	for _, name := range files {
		read, err := readOpinions(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		opinions = append(opinions, read...)
	}
	merged := workbook.Merge(opinions)
	var out bytes.Buffer
	if err := merged.Write(&out, toolName(), e.now()); err != nil {
		return err
	}
	if err := writeNew(o.out, out.Bytes()); err != nil {
		return err
	}
	disagreements := 0
	for i := range merged.Candidates {
		if merged.Candidates[i].Disagree() {
			disagreements++
		}
	}
	if o.json {
		return printJSON(e.stdout, map[string]any{
			"out": o.out, "reviewers": merged.Reviewers, "candidates": len(merged.Candidates), "disagreements": disagreements,
		})
	}
	fmt.Fprintf(e.stdout, "%s: %s by %s, who disagree on %d\n", o.out, plural(len(merged.Candidates), "candidate"),
		visible(strings.Join(merged.Reviewers, ", ")), disagreements)
	return nil
}

// readOpinions reads one file, a workbook or marks. What names no reviewer is by the file's name.
func readOpinions(name string) ([]workbook.Opinion, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reviewer := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	if strings.EqualFold(filepath.Ext(name), ".json") {
		return workbook.ReadMarks(file, reviewer)
	}
	typed, err := workbook.ReadTyped(file)
	if err != nil {
		return nil, err
	}
	return typed.Opinions(reviewer), nil
}

// writeNew writes a file that is not there yet.
func writeNew(name string, data []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &usageError{fmt.Errorf("%s is there already; name another file with --out", name)}
	}
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}
