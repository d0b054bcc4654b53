package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/workbook"
)

// workbookName is the workbook's file in an export's folder.
const workbookName = "summary.xlsx"

// workbook writes summary.xlsx and carries over what people typed into the one that lies there; the old file is kept
// beside the new one. A workbook that cannot be read is left alone, and the new one lies beside it.
func (e *export) workbook(context.Context) error {
	name := workbookName
	typed, err := e.typed()
	if err != nil {
		name = e.folder.beside(workbookName, fmt.Errorf("what was typed into it cannot be read, so it is left alone: %w", err))
	}
	changes, err := e.changes()
	if err != nil {
		return err
	}
	options := workbook.Options{Typed: typed, Changes: changes, Since: e.since()}
	entry := ledger.Entry{Stage: ledger.Workbook, Item: name, Whose: e.folder.whose, Outcome: ledger.Planned}
	e.Sink(entry)
	w, err := e.folder.Write(name, func(out io.Writer) error { return workbook.Write(out, e.posting, options) })
	if err != nil {
		return err
	}
	entry.Outcome, entry.Bytes = ledger.Done, w.Size
	e.Sink(entry)
	if !e.CSV {
		return nil
	}
	return workbook.WriteCSV(func(name string, write func(io.Writer) error) error {
		_, err := e.folder.Write(name, write)
		return err
	}, e.posting, options)
}

// typed reads what people typed into the workbook that lies in the folder; nil where there is none.
func (e *export) typed() (*workbook.Typed, error) {
	file, err := e.folder.root.Open(workbookName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return workbook.ReadTyped(file)
}

// changes are those since the export before; none at a first export.
func (e *export) changes() ([]dossier.Change, error) {
	since := e.since()
	if since == "" {
		return nil, nil
	}
	_, _, changes, err := Changes(e.season, e.posting.PosID, e.Edition, since)
	return changes, err
}
