// Package workbook writes what a posting holds as a spreadsheet, summary.xlsx, that people like to work in, and reads back
// what they typed into it.
//
// [Write] makes the workbook of a posting: Summary, Candidates, Documents, Letters, Answers, Interviews, Changes and
// Problems. Each sheet is a table to filter and sort; links in it are relative, so the export's folder can be moved. The
// same input gives the same bytes.
//
// Reviewers type into the columns Rating, Reviewer and Notes of the sheet Candidates, into columns of their own beside any
// sheet's, into comments and onto sheets of their own. [ReadTyped] reads all that from the workbook of an earlier export,
// whatever the order of its rows and columns by now, and Write carries it over. Nothing typed anywhere is lost: what goes
// with a row goes where that row went, what was typed over ejmx's own words becomes a comment on them, and what has no
// place any more (a candidate who withdrew, a line below a table) is on the sheet Left, with where it stood, until its
// place is back. Headers and the columns that tell rows apart ("Application" for candidates) are what stays compatible
// from version to version. Of a person's own sheets charts and pictures are not copied; whoever replaces a workbook should
// keep the old file.
//
// [WriteCSV] writes the same sheets as text files, [Merge] joins the ratings of several reviewers.
package workbook

import (
	"fmt"
	"io"

	"github.com/ejmx/ejmx/dossier"
)

// Options are what a workbook shows beside the posting itself.
type Options struct {
	Typed   *Typed           // what people typed into the earlier workbook; nil for none
	Changes []dossier.Change // since the previous export, as far as the edition may show them
	Since   string           // the previous export's snapshot; "" for a first export
}

// Write writes the workbook of a posting. Its bytes depend on the input alone.
func Write(w io.Writer, p *dossier.Posting, o Options) error {
	b, err := newBook(p.Title, p.Tool, p.Snapshot.Taken)
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	defer b.file.Close()
	if err := b.write(w, p, o); err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	return nil
}

// sheets are the tables of a posting's workbook, in their order. Letters, and with them their sheet, appear only where the
// edition shows them.
func sheets(p *dossier.Posting, o Options) []*sheet {
	all := []*sheet{candidates(p), documents(p)}
	if showsLetters(p) {
		all = append(all, letters(p))
	}
	return append(all, answers(p), interviews(p), changes(o), problems(p))
}
