// Package ui is the window: pages in a browser of this computer from which a season is set up, exported, archived and
// verified.
//
//	server, err := ui.New(ui.Options{Actions: actions, Words: words, Now: time.Now})
//	err = server.Serve(ctx, func(address string) { … open a browser there … })
//
// The package knows pages and runs, and nothing of EJM, mirrors or exports: what it shows and starts are functions that it
// is given, the same that the commands call. One run goes on at a time. It belongs to the server, not to a page: leaving
// the page stops nothing, coming back shows it.
//
// Only this computer can reach the pages, and only a browser that opened the one-time address. The files of an export are
// served from an address of their own, because an applicant may have written them; docs/decisions/0007 says why.
package ui

import (
	"context"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/ledger"
)

// Options are what a [Server] shows and starts.
type Options struct {
	Actions Actions
	Words   Words
	Now     func() time.Time
	Tool    string // "ejmx 0.1.0"

	// Waiting is told, once the server is asked to end, that it waits for the run of this title; nil for nobody.
	Waiting func(title string)
}

// Words are how the program says things, the same in the window as on the terminal.
type Words struct {
	Stage func(ledger.Stage) string                 // "Fetching documents"; "" for a stage that is not shown
	Size  func(bytes int64) string                  // "1.2 MB"
	Error func(err error) (what, todo string)       // what went wrong and what to do about it, "" where there is nothing to do
	Text  func(anybodysWords string) (shown string) // control characters made visible
}

// Action is something that takes a while and hands its progress to the sink.
type Action func(ctx context.Context, sink ledger.Sink) (Outcome, error)

// Outcome is how an action that was not cut short ended.
type Outcome struct {
	Said     string   // in one sentence: "24 packets made, 2 as before"
	Details  []string // what else there is to know, a line each
	Complete bool     // whether everything is as it should be
}

// Actions are the functions behind the pages. They may be called from many goroutines; those that write take the season's
// lock themselves.
type Actions struct {
	Season  func() (Season, error)
	Account func() (Account, error)
	// Keep tries what was typed at EJM and stores it where it is accepted; it gives the place in words.
	Keep      func(ctx context.Context, c Credentials) (where string, err error)
	Forget    func() error
	Demo      Action       // makes the made-up season and shows it from then on
	LeaveDemo func() error // shows the season of before again

	Postings func() ([]Posting, error)
	Editions func() ([]Edition, error)
	SetUsual func(edition string) error // makes an edition the season's usual one
	Changes  func(id ejm.ID) (Changes, error)
	Exports  func(id ejm.ID) ([]Export, error)
	Missing  func(id ejm.ID) (Missing, error)

	List   Action // asks EJM which postings there are, and fetches no document
	Export func(ExportOrder) Action

	Archives func() ([]Archive, error)
	Archive  func(ArchiveOrder) Action
	Verify   func(VerifyOrder) Action

	Status func(ctx context.Context) ([]Fact, error)
	Doctor func(ctx context.Context) ([]Check, error)

	// Open shows a file or folder in the program that this computer has for it; nil where there is no desktop.
	Open func(path string) error
}

// Season is the folder at work.
type Season struct {
	Dir  string
	Demo bool // made up: nobody in it exists
}

// Account is what lets ejmx in at EJM, without anything secret.
type Account struct {
	What  string // "a client key and secret", "" for nothing
	From  string // "the system's keychain"
	API   string // EJM's address
	Fixed bool   // comes from outside ejmx, and so cannot be changed or forgotten here
}

// Credentials are what a person typed: a key and its secret, or a whole access token in the place of the key.
type Credentials struct{ Key, Secret string }

// Posting is what the mirror knows of one.
type Posting struct {
	ID                   ejm.ID
	Title, Deadline      string
	Applications         int
	Letters, Outstanding int // that have arrived, that have not
	Fetched              string
	Retired              bool // no longer listed by EJM
}

// Edition is who an export is for.
type Edition struct {
	Name, Title string
	Usual       bool
}

// Changes are what became different in a posting since an earlier fetch.
type Changes struct {
	Since string // when that was; "" where there is nothing earlier
	All   []dossier.Change
}

// Export is one export of a posting, as it lies in the season.
type Export struct {
	Edition, Title string // the edition's name and title
	Folder         string // its path
	Zip            string // its path, "" without one
	Of             string // when the records are from
	Applications   int
	Documents      int // that should be there
	Stored         int
	Waiting        int // letters to come, files not sent
	Placeholders   int // shown in the packet by a page that says why not
	Bytes          int64
	Pages          int
	Complete       bool // nothing failed and nothing is suspect
	Packets        []Packet
	Problems       []ExportProblem
}

// Packet is one application's PDF.
type Packet struct {
	Name, Path string // of the applicant; path within the export's folder, with slashes
	Pages      int
}

// ExportProblem is a document that is not as it should be.
type ExportProblem struct{ Whose, What, Reason string }

// Missing is what is still to come of a posting, and what will be gone soon.
type Missing struct {
	Said  string // in one sentence
	Table Table
	Soon  []string // what will be gone soon, a line each
	Mails []Mail   // a reminder for each writer whose letter has not come
}

// Mail is an e-mail for a person to look at and send: ejmx sends nothing.
type Mail struct{ To, Name, Subject, Text string }

// Table is something to show in rows.
type Table struct {
	Columns []string
	Rows    [][]string
}

// Archive is one end-of-season archive.
type Archive struct {
	Name, Path string
	Bytes      int64
	Encrypted  bool
	History    []string // what the register says was done with it
}

// ExportOrder says what to export.
type ExportOrder struct {
	Postings []ejm.ID
	All      bool
	Edition  string
	Offline  bool // from the mirror, without asking EJM
}

// ArchiveOrder says what to archive.
type ArchiveOrder struct {
	Postings   []ejm.ID
	All        bool
	Passphrase string // "" leaves the archive open to everyone
	Incomplete bool   // also where documents are missing
}

// VerifyOrder says what to verify: an archive by its name, or with an empty name the season.
type VerifyOrder struct {
	Archive    string
	Passphrase string
}

// Fact is a line of the season's state.
type Fact struct {
	Label, Value string
	Worry        bool // somebody should do something about it
}

// Check is one thing that must be right for ejmx to work.
type Check struct {
	Name, Found, Todo string
	State             string // "ok", "failed", "note" or "skipped"
}
