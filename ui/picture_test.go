//go:build pictures

package ui

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/internal/browser"
	"github.com/ejmx/ejmx/ledger"
)

// The picture in the README: an export at work. EJMX_SCREENSHOTS names the folder for it (make screenshots).
func TestPicture(t *testing.T) {
	m := newMadeUp(t)
	m.account, m.known = "a client key and secret", twoPostings
	a := m.actions()
	a.Season = func() (Season, error) { return Season{Dir: "~/search-2026"}, nil }
	a.Exports = func(ejm.ID) ([]Export, error) { return nil, nil }
	a.Changes = func(ejm.ID) (Changes, error) {
		return Changes{Since: "2026-11-20 09:00 UTC", All: []dossier.Change{
			{Name: "Min-Jung Lee", Item: "Letter Prof. Kim", What: "arrived"}, {Name: "Anna García", What: "new"},
		}}, nil
	}
	w := open(t, a)
	b := browser.Open(t)
	b.Size(1180, 700)
	b.Visit(w.entrance)
	b.Until("location.pathname === '/'")
	b.Visit(w.base + "/postings/9012")
	browser.Ask[bool](b, `(document.querySelector("form[action$='/export'] button").click(), true)`)
	b.Until(`document.querySelector("#run-stages")`)
	for i := range 120 {
		m.steps <- ledger.Entry{Stage: ledger.List, Item: strconv.Itoa(i % 6), Outcome: ledger.Planned}
		m.steps <- ledger.Entry{Stage: ledger.Download, Item: strconv.Itoa(i), Outcome: ledger.Planned}
	}
	for i := range 86 {
		if i < 6 {
			m.steps <- ledger.Entry{Stage: ledger.List, Item: strconv.Itoa(i), Outcome: ledger.Done}
		}
		m.steps <- ledger.Entry{Stage: ledger.Download, Item: strconv.Itoa(i), Outcome: ledger.Done, Bytes: 700_000}
		time.Sleep(40 * time.Millisecond)
	}
	m.steps <- ledger.Entry{
		Stage: ledger.Download, Item: "letter 90213 (letter of Prof. Ng)", Whose: "Wilhelmina Plum (application 620301)", Outcome: ledger.Failed,
		Err: errors.New("HTTP 503 after 5 tries"),
	}
	b.Until(`document.querySelector("#run-problems").innerText.includes("503")`)
	b.Shoot("ui")
}
