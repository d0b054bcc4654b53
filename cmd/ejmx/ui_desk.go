package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/ui"
)

// desk is what the window works on: a season, or for a while the demo's.
type desk struct {
	env   *env
	given settings // as flags gave them
	own   settings // resolved

	mu   sync.Mutex
	demo string // the demo's folder while it is shown, else ""
}

// actions are the functions behind the window's pages. Each is the one that a command calls.
func (d *desk) actions() ui.Actions {
	return ui.Actions{
		Season: d.season, Account: d.account, Keep: d.keep, Forget: d.forget, Demo: d.makeDemo, LeaveDemo: d.leaveDemo,
		Postings: d.postings, Editions: d.editions, SetUsual: d.setUsual, Changes: d.changes, Exports: d.exports, Missing: d.missing,
		List: d.list, Export: d.export, Archives: d.archives, Archive: d.archive, Verify: d.verify,
		Status: d.status, Doctor: d.doctor, Open: d.env.show,
	}
}

// settings are those of the season that is shown.
func (d *desk) settings() settings {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.own
	if d.demo != "" {
		s.season, s.offline = d.demo, true
	}
	return s
}

func (d *desk) season() (ui.Season, error) {
	s := d.settings()
	return ui.Season{Dir: s.season, Demo: s.offline}, nil
}

// open opens the mirror of the season that is shown, nil where there is none yet.
func (d *desk) open() (*exporter.Season, error) {
	season, err := exporter.OpenSeason(d.settings().season)
	if errors.Is(err, mirror.ErrNone) {
		return nil, nil
	}
	return season, err
}

func (d *desk) account() (ui.Account, error) {
	s := d.settings()
	c, err := d.env.credentials(&s)
	if err != nil || !c.present() {
		return ui.Account{API: s.api}, err
	}
	isOurs := c.from == fromKeychain || c.from == fromFile
	return ui.Account{What: c.what(), From: string(c.from), API: s.api, Fixed: !isOurs}, nil
}

// keep tries what was typed and stores it as ejmx setup does.
func (d *desk) keep(ctx context.Context, typed ui.Credentials) (string, error) {
	c := credentials{Key: strings.TrimSpace(typed.Key), Secret: strings.TrimSpace(typed.Secret), from: typedIn}
	for _, text := range []string{c.Key, c.Secret} {
		if looksLikeToken(text) {
			c = credentials{Token: text, from: typedIn}
		}
	}
	if !c.present() {
		return "", errors.New("a client key needs its client secret")
	}
	if err := tryAccess(ctx, d.env, &d.own, c); err != nil {
		return "", err
	}
	where, err := d.env.keep(d.own.account(), c, storeAnywhere)
	if err != nil {
		return "", err
	}
	given := d.given
	_, err = writeSettings(d.own.season, (&setupOptions{settings: d.own}).toWrite(d.env, &given))
	return string(where), errors.Join(err, d.leaveDemo())
}

func (d *desk) forget() error {
	_, err := d.env.forget(d.own.account())
	return err
}

func (d *desk) leaveDemo() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.demo = ""
	return nil
}

func (d *desk) postings() ([]ui.Posting, error) {
	season, err := d.open()
	if season == nil {
		return nil, err
	}
	defer season.Close()
	lines, err := postingLines(season.Mirror)
	var postings []ui.Posting
	for _, l := range lines {
		postings = append(postings, ui.Posting{
			ID: l.PosID, Title: l.Title, Deadline: l.Deadline, Applications: l.Applications, Letters: l.Letters,
			Outstanding: l.Outstanding, Fetched: forPeople(l.Fetched, time.RFC3339), Retired: l.Retired,
		})
	}
	return postings, err
}

// forPeople is a time of ours as a page shows it: "2026-11-24 09:00 UTC"; "" for none.
func forPeople(text, layout string) string {
	t, err := time.Parse(layout, text)
	if err != nil {
		return text
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// snapshotLayout is how a snapshot's id writes its time.
const snapshotLayout = "20060102T150405Z"

func (d *desk) editions() ([]ui.Edition, error) {
	season, err := d.open()
	if season == nil {
		return nil, err
	}
	defer season.Close()
	usual := d.settings().edition
	var editions []ui.Edition
	for _, name := range season.Editions().Names() {
		edition, err := season.Editions().Load(name)
		if err != nil {
			return nil, err
		}
		editions = append(editions, ui.Edition{Name: name, Title: edition.Title, Usual: name == usual})
	}
	return editions, nil
}

// setUsual makes an edition the usual one, in the season's ejmx.toml.
func (d *desk) setUsual(name string) error {
	s := d.settings()
	season, err := d.open()
	if err != nil {
		return err
	}
	if season == nil {
		return fmt.Errorf("there is no season in %s yet", s.season)
	}
	defer season.Close()
	if _, err := season.Editions().Load(name); err != nil {
		return err
	}
	if _, err := writeSettings(s.season, []setting{{"edition", name}}); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.own.edition = name
	return nil
}

func (d *desk) changes(id ejm.ID) (ui.Changes, error) {
	season, err := d.open()
	if season == nil {
		return ui.Changes{}, err
	}
	defer season.Close()
	edition, err := season.Editions().Load(d.settings().edition)
	if err != nil {
		return ui.Changes{}, err
	}
	from, _, changes, err := exporter.Changes(season, id, edition, "")
	return ui.Changes{Since: forPeople(from, snapshotLayout), All: changes}, err
}

// exports reads the reports of a posting's exports; those of some candidates only are left out.
func (d *desk) exports(id ejm.ID) ([]ui.Export, error) {
	editions, err := d.editions()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(d.settings().season, "postings")
	reports, err := fs.Glob(os.DirFS(dir), id.String()+"*/report.json")
	if err != nil {
		return nil, err
	}
	var exports []ui.Export
	for _, name := range reports {
		folder := filepath.Join(dir, filepath.Dir(filepath.FromSlash(name)))
		report, err := reportOf(filepath.Join(folder, "report.json"))
		if err != nil {
			return nil, err
		}
		if report.Posting.PosID == id && !strings.HasSuffix(folder, ".selection") {
			exports = append(exports, exported(report, folder, editions))
		}
	}
	slices.SortStableFunc(exports, func(a, b ui.Export) int { return len(a.Folder) - len(b.Folder) }) // the usual edition has no suffix
	return exports, nil
}

func reportOf(name string) (*exporter.Report, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	report := &exporter.Report{}
	if err := json.Unmarshal(data, report); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return report, nil
}

// exported is what a report says of an export.
func exported(report *exporter.Report, folder string, editions []ui.Edition) ui.Export {
	t := report.Totals
	e := ui.Export{
		Edition: report.Edition, Title: report.Edition, Folder: folder, Of: forPeople(report.Snapshot, snapshotLayout),
		Applications: t.Applications, Documents: t.Documents, Stored: t.Stored + t.Suspect, Waiting: t.NotSubmitted,
		Placeholders: t.Placeholder, Bytes: t.Bytes, Pages: t.Pages, Complete: report.Complete(),
	}
	if i := slices.IndexFunc(editions, func(known ui.Edition) bool { return known.Name == report.Edition }); i >= 0 {
		e.Title = editions[i].Title
	}
	if _, err := os.Stat(folder + ".zip"); err == nil {
		e.Zip = folder + ".zip"
	}
	for _, a := range report.Applications {
		if a.Packet != "" {
			e.Packets = append(e.Packets, ui.Packet{Name: a.Name, Path: a.Packet, Pages: a.Pages})
		}
	}
	for _, p := range report.Problems {
		e.Problems = append(e.Problems, ui.ExportProblem{Whose: fmt.Sprintf("%s (application %s)", p.Name, p.AppID), What: p.Label, Reason: p.Reason})
	}
	return e
}

// archives lists the season's archives, the newest first, with what the register says of each.
func (d *desk) archives() ([]ui.Archive, error) {
	s := d.settings()
	lines, err := readRegister(s.season)
	if err != nil && !errors.Is(err, archive.ErrChain) {
		return nil, err
	}
	dir := filepath.Join(s.season, archivesFolder)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var archives []ui.Archive
	for _, entry := range slices.Backward(entries) {
		info, err := entry.Info()
		isLocked := strings.HasSuffix(entry.Name(), ".zip.age")
		if err != nil || !isLocked && !strings.HasSuffix(entry.Name(), ".zip") {
			continue
		}
		archives = append(archives, ui.Archive{
			Name: entry.Name(), Path: filepath.Join(dir, entry.Name()), Bytes: info.Size(), Encrypted: isLocked, History: history(lines, entry.Name()),
		})
	}
	return archives, nil
}

// history is what the register says of one archive, a line each.
func history(lines []archive.Line, name string) []string {
	var said []string
	for _, l := range lines {
		if l.Archive == name {
			said = append(said, fmt.Sprintf("%s %s: %s", forPeople(l.Time.Format(time.RFC3339), time.RFC3339), actWords[l.Act], l.Outcome))
		}
	}
	return said
}

// actWords are the register's acts for people.
var actWords = map[archive.Act]string{archive.Archived: "made", archive.Verified: "verified", restored: "restored"}
