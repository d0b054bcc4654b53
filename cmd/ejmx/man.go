package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages into a folder",
		Long: `Man writes a manual page for ejmx and for each of its commands into a folder, made where it is not there. Where man looks
for pages of section 1, such as /usr/local/share/man/man1, man ejmx-export shows one.`,
		Example: `  ejmx man man1
  sudo ejmx man /usr/local/share/man/man1`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			names, err := writeManual(c.Root(), e.path(args[0]))
			switch {
			case err != nil:
				return err
			case asJSON:
				return printJSON(e.stdout, map[string]any{"pages": names})
			}
			_, err = fmt.Fprintf(e.stdout, "%s in %s\n", plural(len(names), "page"), args[0])
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output, and nothing else there")
	return c
}

// writeManual writes the pages, dated by the commit that the program was built from, so that the same source makes the same
// pages, and gives their paths.
func writeManual(root *cobra.Command, dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	made, err := time.Parse(time.RFC3339, thisBuild().Time)
	if err != nil {
		made = time.Unix(0, 0).UTC() // built outside a repository
	}
	root.DisableAutoGenTag = true
	header := &doc.GenManHeader{Title: "EJMX", Section: "1", Source: toolName(), Manual: "ejmx", Date: &made}
	if err := doc.GenManTree(root, header, dir); err != nil {
		return nil, err
	}
	return filepath.Glob(filepath.Join(dir, "ejmx*.1"))
}
