package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/workbook"
)

// workbookName is the workbook's file in an export's folder.
const workbookName = "summary.xlsx"

// workbook writes summary.xlsx and carries over what people typed into the one that lies there; the old file is kept
// beside the new one. A workbook that somebody has open, or that cannot be read, is left alone, and the new one lies beside
// it; the next export takes over from both.
func (e *export) workbook(context.Context) error {
	key, err := e.key(e.since(), e.CSV)
	if err != nil {
		return err
	}
	alone, err := e.isTheOnlyBook()
	if err != nil {
		return err
	}
	if alone && e.stands(workbookOutput, key) {
		e.Sink(ledger.Entry{Stage: ledger.Workbook, Item: workbookName, Whose: e.whose, Outcome: ledger.Kept})
		return nil
	}
	return e.remembering(workbookOutput, key, func(p *part) (bool, error) { return true, e.makeWorkbook(p) })
}

// workbookOutput is what the workbook is remembered by.
const workbookOutput = "workbook"

// isTheOnlyBook reports whether there is nothing beside summary.xlsx to take over from.
func (e *export) isTheOnlyBook() (bool, error) {
	beside, err := e.folder.there(insert(workbookName, "(new)"))
	return beside.SHA256 == "" && e.memory.Workbooks.Newest == workbookName && len(e.memory.Workbooks.Others) == 0, err
}

func (e *export) makeWorkbook(p *part) error {
	earlier, err := e.earlierBooks()
	if err != nil {
		return err
	}
	name := e.bookName(earlier)
	changes, err := e.changes()
	if err != nil {
		return err
	}
	options := workbook.Options{Typed: e.memory.Workbooks.typed(earlier), Changes: changes, Since: e.since()}
	entry := ledger.Entry{Stage: ledger.Workbook, Item: name, Whose: e.whose, Outcome: ledger.Planned}
	e.Sink(entry)
	w, err := p.Write(name, func(out io.Writer) error { return workbook.Write(out, e.posting, options) })
	if err != nil {
		return err
	}
	e.memory.Workbooks = madeFrom(earlier, name, w.SHA256)
	e.memory.Workbooks.Blank = options.Typed.Empty()
	entry.Outcome, entry.Bytes = ledger.Done, w.Size
	e.Sink(entry)
	if !e.CSV {
		return nil
	}
	return workbook.WriteCSV(func(name string, write func(io.Writer) error) error {
		_, err := p.Write(name, write)
		return err
	}, e.posting, options)
}

// bookName is the name for the new workbook: that of the first which may be replaced, else one beside them.
func (e *export) bookName(earlier []earlierBook) string {
	name := workbookName
	for _, book := range earlier {
		switch {
		case book.leave == nil:
		case book.name == name:
			name = e.folder.beside(name, book.leave)
		default: // it would have been taken away, for the new one has its usual name again
			e.folder.left[book.name] = true
			e.folder.say(book.name, book.leave)
		}
	}
	return name
}

// earlierBook is a workbook that lies in the folder, by an earlier export.
type earlierBook struct {
	name   string
	sha256 string
	typed  *workbook.Typed // nil where it cannot be read
	leave  error           // why it must be left alone; nil where it may be replaced
}

// earlierBooks are summary.xlsx and those that earlier exports put beside it.
func (e *export) earlierBooks() ([]earlierBook, error) {
	var all []earlierBook
	for name := workbookName; ; name = insert(name, "(new)") {
		there, err := e.folder.there(name)
		if err != nil {
			return nil, err
		}
		switch {
		case there.SHA256 != "":
			all = append(all, e.earlierBook(name, there.SHA256))
		case name != workbookName:
			return all, nil
		}
	}
}

func (e *export) earlierBook(name, sha256 string) earlierBook {
	book := earlierBook{name: name, sha256: sha256}
	var err error
	if book.typed, err = e.readTyped(name, sha256); err != nil {
		book.leave = fmt.Errorf("what was typed into it cannot be read, so it is left alone: %w", err)
	} else {
		book.leave = e.heldOpen(name)
	}
	return book
}

// readTyped reads a workbook once, and not at all where it is the one that was made last and nobody has typed into any.
func (e *export) readTyped(name, sha256 string) (*workbook.Typed, error) {
	if last := e.memory.Workbooks; last.Blank && last.SHA256 == sha256 {
		return &workbook.Typed{}, nil
	}
	if typed := e.typed[sha256]; typed != nil {
		return typed, nil
	}
	file, err := e.folder.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	typed, err := workbook.ReadTyped(file)
	if err == nil {
		e.typed[sha256] = typed
	}
	return typed, err
}

// heldOpen says why a workbook must not be replaced: somebody has it open, as the file tells that Excel or LibreOffice puts
// beside it, also on a shared drive, or as Windows does.
func (e *export) heldOpen(name string) error {
	for _, owner := range []string{"~$" + name, ".~lock." + name + "#"} {
		if _, err := e.folder.root.Lstat(owner); err == nil {
			return fmt.Errorf("somebody has it open, so it is left alone and what they type is taken over next time "+
				"(if nobody has, delete %s)", owner)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	file, err := e.folder.root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("another program has it open, or nobody may write to it, so it is left alone: %w", err)
	}
	return file.Close()
}

// workbooks is what is remembered of an export's workbooks.
type workbooks struct {
	Newest string            `json:"newest"` // the name of the one that was made last
	SHA256 string            `json:"sha256"` // of the newest
	Others map[string]string `json:"others"` // SHA-256 of each beside it whose typed words it took over, by name
	Copy   bool              `json:"copy"`   // whether the newest took over from those alone
	Blank  bool              `json:"blank"`  // whether nothing was typed that the newest could have taken over
}

// madeFrom is what is to be remembered of a workbook that took over from earlier ones.
func madeFrom(earlier []earlierBook, name, sha256 string) workbooks {
	w := workbooks{Newest: name, SHA256: sha256, Others: map[string]string{}, Copy: true}
	for _, book := range earlier {
		switch {
		case book.typed == nil:
		case book.name == name:
			w.Copy = false
		default:
			w.Others[book.name] = book.sha256
		}
	}
	return w
}

// typed is what people typed into earlier workbooks: into those that changed since the newest was made, and what the newest
// had taken over. Where two differ, both are kept.
func (w workbooks) typed(earlier []earlierBook) *workbook.Typed {
	if !slices.ContainsFunc(earlier, func(b earlierBook) bool { return b.name == w.Newest && b.typed != nil }) {
		w = workbooks{} // what it took over must be had from the others
	}
	var newest *workbook.Typed // as it was made
	var changed []*workbook.Typed
	follow := 0 // how many of the changed ones go on from what the newest took over
	for _, book := range earlier {
		sha256, takenOver := w.Others[book.name]
		switch {
		case book.typed == nil || takenOver && sha256 == book.sha256:
		case book.name == w.Newest && w.SHA256 == book.sha256:
			newest = book.typed
		case book.name == w.Newest:
			changed = slices.Insert(changed, 0, book.typed)
		default:
			changed = append(changed, book.typed)
			if takenOver {
				follow++
			}
		}
	}
	outdated := w.Copy && follow > 0 && follow == len(w.Others)
	switch {
	case newest == nil || outdated:
	case follow == 0: // the others could not be read then: they are older
		changed = slices.Insert(changed, 0, newest)
	default:
		changed = append(changed, newest)
	}
	if len(changed) == 0 {
		return nil
	}
	for _, other := range changed[1:] {
		changed[0].Join(other)
	}
	return changed[0]
}
