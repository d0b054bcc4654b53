package site

import (
	"fmt"
	"runtime"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/internal/abreast"
)

// candidatePage is what a candidate's own page shows.
type candidatePage struct {
	head
	AppID          ejm.ID
	Name           string // as one says it
	ListName       string // as lists have it
	Applied        string
	Changed        string
	Packet         string
	Pages          int
	Previous, Next *neighbour
	Place          string // "3 of 50"
	Facts          []fact
	Answers        []answer
	Documents      []document
	Letters        []document
	ShowsLetters   bool
	History        []dossier.Change
	Since          string
}

type neighbour struct {
	AppID ejm.ID
	Name  string
}

type fact struct {
	Label, Value, Address string
}

type answer struct {
	Question, Text string
}

// document is a file or letter with how to open it.
type document struct {
	Label   string
	From    string // a letter's writer's place
	State   string // for people; "" when all is well
	Tone    string // the state's class
	Reason  string
	Date    string
	Pages   int
	Page    int    // where the packet has it, from 1; 0 for nowhere
	Packet  string // that its pages are in
	Path    string // of the original
	Address string // of a link, when it may be followed
	Shown   string // of a link, as text
	Older   int
}

// stateWords say for people what is wrong with a document, with the class that colours it.
var stateWords = map[dossier.State][2]string{
	dossier.Suspect:      {"damaged?", "problem"},
	dossier.Link:         {"link", "quiet"},
	dossier.NotSubmitted: {"not here yet", "waiting"},
	dossier.Withdrawn:    {"withdrawn", "waiting"},
	dossier.Failed:       {"could not be fetched", "problem"},
}

func (w *writer) candidates() error {
	history := map[ejm.ID][]dossier.Change{}
	for _, c := range w.options.Changes {
		history[c.AppID] = append(history[c.AppID], c)
	}
	all := w.posting.Dossiers
	return abreast.Each(len(all), runtime.GOMAXPROCS(0), func(i int) error {
		d := all[i]
		page := w.candidate(d)
		page.Place = fmt.Sprintf("%d of %d", i+1, len(all))
		page.History, page.Since = history[d.AppID], sinceWords(w.options.Since)
		if i > 0 {
			page.Previous = &neighbour{all[i-1].AppID, nameOf(all[i-1])}
		}
		if i+1 < len(all) {
			page.Next = &neighbour{all[i+1].AppID, nameOf(all[i+1])}
		}
		return w.fill(fmt.Sprintf("candidates/%s.html", d.AppID), "candidate.html", page)
	})
}

func (w *writer) candidate(d *dossier.Dossier) candidatePage {
	page := candidatePage{
		head: w.head(), AppID: d.AppID, Name: d.Name.Full(), ListName: nameOf(d), Applied: d.Applied, Changed: d.Changed,
		Packet: d.Packet.Path, Pages: d.Packet.Pages, ShowsLetters: showsLetters(w.posting),
	}
	if page.Name == "" {
		page.Name = page.ListName
	}
	for _, f := range d.Facts {
		page.Facts = append(page.Facts, fact{f.Label, f.Value, webAddress(f.Value)})
	}
	questions := map[ejm.ID]string{}
	for _, q := range w.posting.Questions {
		questions[q.ID] = q.Text
	}
	for _, a := range d.Answers {
		page.Answers = append(page.Answers, answer{questions[a.QuestionID], a.Text})
	}
	for i := range d.Documents {
		doc := documentOf(d, &d.Documents[i])
		if d.Documents[i].Kind == ejm.KindLetter {
			page.Letters = append(page.Letters, doc)
		} else {
			page.Documents = append(page.Documents, doc)
		}
	}
	return page
}

func documentOf(d *dossier.Dossier, doc *dossier.Document) document {
	shown := document{
		Label: doc.Label, Reason: doc.Reason, Date: dayOf(doc.Date), Pages: doc.Placed.Pages, Page: doc.Placed.FirstPage,
		Packet: d.Packet.Path, Path: doc.Path, Older: doc.Previous,
	}
	shown.State, shown.Tone = stateWords[doc.State][0], stateWords[doc.State][1]
	if doc.Placed.Merged == dossier.MergedPlaceholder && shown.State == "" {
		shown.State, shown.Tone = "not in the packet", "waiting"
	}
	if shown.Reason == "" {
		shown.Reason = doc.Placed.Reason
	}
	if doc.State == dossier.Link {
		shown.Address, shown.Shown = webAddress(doc.URL), doc.URL
	}
	if doc.Writer != nil {
		if name := doc.Writer.Name(); name != "" {
			shown.Label = name
		}
		shown.From = doc.Writer.Institution
	}
	return shown
}
