package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"

	"filippo.io/age"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/ui"
)

// list asks EJM which postings there are, without fetching a document.
func (d *desk) list(ctx context.Context, sink ledger.Sink) (ui.Outcome, error) {
	s := d.settings()
	if s.offline {
		return ui.Outcome{}, errors.New("the demo asks EJM nothing; leave it first")
	}
	season, err := d.env.openSeason(&s, true)
	if err != nil {
		return ui.Outcome{}, err
	}
	defer season.Close()
	unlock, err := season.Mirror.Lock(d.env.now())
	if err != nil {
		return ui.Outcome{}, err
	}
	summary, err := fetchPostings(ctx, d.env, &s, season, nil, false, sink)
	if err = errors.Join(err, unlock()); err != nil {
		return ui.Outcome{}, err
	}
	postings, err := d.postings()
	return ui.Outcome{Said: plural(len(postings), "posting") + " found.", Complete: summary.Failed == 0}, err
}

// export is the whole of ejmx export.
func (d *desk) export(order ui.ExportOrder) ui.Action {
	return func(ctx context.Context, sink ledger.Sink) (ui.Outcome, error) {
		s := d.settings()
		s.offline = s.offline || order.Offline
		s.edition = firstOf(order.Edition, s.edition)
		flags := postingFlags{all: order.All}
		for _, id := range order.Postings {
			flags.ids = append(flags.ids, int64(id))
		}
		summary, err := export(ctx, d.env, &exportOptions{settings: s, postings: flags, pdfWorkers: runtime.NumCPU()}, sink, func(*exporter.Result) {})
		if err != nil {
			return ui.Outcome{}, err
		}
		return summary.outcome(), nil
	}
}

// outcome is what an export did, in words.
func (s *exportSummary) outcome() ui.Outcome {
	var o ui.Outcome
	made, all := 0, 0
	for _, p := range s.Postings {
		made += p.Packets
		all += p.Totals.Applications
		for _, name := range p.Kept {
			o.Details = append(o.Details, "Somebody had changed it, so it is kept as "+visible(name))
		}
		for _, name := range p.Beside {
			o.Details = append(o.Details, "A program held it open, so the new one lies beside as "+visible(name))
		}
	}
	o.Said = plural(made, "packet") + " made"
	if same := all - made; same > 0 {
		o.Said += fmt.Sprintf(", %d as before", same)
	}
	if s.Fetch != nil && s.Fetch.Documents > 0 {
		o.Said += fmt.Sprintf("; %s fetched (%s)", plural(s.Fetch.Documents, "document"), size(s.Fetch.Bytes))
	}
	o.Said += "."
	o.Complete = s.Complete
	return o
}

// makeDemo makes the demo's season in a folder beside the own one's, and shows it from then on.
func (d *desk) makeDemo(ctx context.Context, sink ledger.Sink) (ui.Outcome, error) {
	dir := filepath.Clean(d.own.season) + "-demo"
	var summary *exportSummary
	o := demoOptions{out: dir, madeUp: seasonFlags{usualDemo}}
	err := o.make(ctx, d.env, func(ctx context.Context, inside *env, options *exportOptions) (err error) {
		if err := options.resolve(inside); err != nil {
			return err
		}
		summary, err = export(ctx, inside, options, sink, func(*exporter.Result) {})
		return err
	})
	if err != nil {
		return ui.Outcome{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.demo = dir
	return summary.outcome(), nil
}

// archive is ejmx archive.
func (d *desk) archive(order ui.ArchiveOrder) ui.Action {
	return func(ctx context.Context, sink ledger.Sink) (ui.Outcome, error) {
		o := archiveOptions{settings: d.settings(), postings: postingFlags{all: order.All}, incomplete: order.Incomplete}
		for _, id := range order.Postings {
			o.postings.ids = append(o.postings.ids, int64(id))
		}
		var recipients []age.Recipient
		if order.Passphrase != "" {
			recipient, err := age.NewScryptRecipient(order.Passphrase)
			if err != nil {
				return ui.Outcome{}, err
			}
			recipients = append(recipients, recipient)
		}
		outcome := ui.Outcome{Complete: true}
		err := archivePostings(ctx, d.env, &o, recipients, sink, func(one archived) {
			outcome.Said = fmt.Sprintf("%s: %s, %s.", filepath.Base(one.Archive), plural(one.Files, "file"), size(one.Size))
			outcome.Complete = outcome.Complete && len(one.Missing) == 0
			for _, line := range one.Missing {
				outcome.Details = append(outcome.Details, "missing: "+visible(line))
			}
		})
		return outcome, err
	}
}

// verify is ejmx verify, of one of the season's archives or of the season.
func (d *desk) verify(order ui.VerifyOrder) ui.Action {
	return func(ctx context.Context, sink ledger.Sink) (ui.Outcome, error) {
		s := d.settings()
		v := &verification{Path: s.season, Faults: []archive.Fault{}, Warnings: []archive.Fault{}}
		var options archive.Options
		if order.Archive != "" {
			if v.Path = d.archivePath(order.Archive); v.Path == "" {
				return ui.Outcome{}, fmt.Errorf("the season has no archive %s", order.Archive)
			}
		}
		if order.Passphrase != "" {
			identity, err := age.NewScryptIdentity(order.Passphrase)
			if err != nil {
				return ui.Outcome{}, err
			}
			options.Identities = []age.Identity{identity}
		}
		if err := v.read(ctx, v.Path, options, sink); err != nil {
			return ui.Outcome{}, err
		}
		v.register(d.env, &verifyOptions{settings: s})
		return v.outcome(), nil
	}
}

// archivePath is the path of one of the season's archives, "" for a name that none has.
func (d *desk) archivePath(name string) string {
	known, err := d.archives()
	i := slices.IndexFunc(known, func(a ui.Archive) bool { return a.Name == name })
	if err != nil || i < 0 {
		return ""
	}
	return known[i].Path
}

// outcome is what a verification found, in words.
func (v *verification) outcome() ui.Outcome {
	o := ui.Outcome{Complete: v.OK, Said: fmt.Sprintf("The %s is whole: %s, %s.", v.Is, plural(v.Files, "file"), size(v.Bytes))}
	if !v.OK {
		o.Said = fmt.Sprintf("The %s is not whole: %s.", v.Is, plural(len(v.Faults), "fault"))
	}
	for _, f := range slices.Concat(v.Faults, v.Warnings) {
		o.Details = append(o.Details, visible(fmt.Sprintf("%s: %s: %s", f.Kind, f.Path, f.Detail)))
	}
	if v.NotNoted != "" {
		o.Details = append(o.Details, v.notNoted())
	}
	return o
}
