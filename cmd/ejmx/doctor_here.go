package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/exporter"
	"github.com/ejmx/ejmx/mirror"
	"github.com/ejmx/ejmx/packet"
)

// systemName is the operating system and the processor, as Go calls them.
func systemName() string { return runtime.GOOS + "/" + runtime.GOARCH }

// checkKeychain says whether setup could keep a secret in the system's keychain.
func (c *checkup) checkKeychain() {
	_, err := c.env.keychain.get(c.settings.account())
	switch {
	case err == nil:
		c.add("keychain", good, "it holds what setup kept", "")
	case errors.Is(err, errNotKept):
		c.add("keychain", good, "it is there, and holds nothing of ejmx", "")
	default:
		c.add("keychain", notable, err.Error(), "ejmx setup keeps the secret in a file that only you can read; a server gets it from "+
			"the environment or systemd")
	}
}

// checkSeason tells whether the season's folder can be used, and what is in it.
func (c *checkup) checkSeason() {
	dir := c.settings.season
	if dir == "" {
		c.add("folder", skipped, "it is not known which", "")
		return
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.checkParent(dir)
		return
	case err != nil:
		c.fail("folder", err, "")
		return
	case !info.IsDir():
		c.fail("folder", fmt.Errorf("%s is a file, not a folder", dir), "name another with --season")
		return
	}
	if err := tryWriting(dir); err != nil {
		c.fail("folder", err, "")
		return
	}
	if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" { // Windows shows no such modes
		c.add("folder", notable, fmt.Sprintf("it can be written to; others on this computer can look into it (mode %o)", info.Mode().Perm()),
			"chmod 700 "+dir+"; the mirror in it is closed in any case")
	} else {
		c.add("folder", good, "it can be written to", "")
	}
	c.checkMirror(dir)
}

// checkParent tells of a season's folder that is still to be made.
func (c *checkup) checkParent(dir string) {
	if err := tryWriting(existingParent(dir)); err != nil {
		c.fail("folder", err, "")
		return
	}
	c.add("folder", good, "it is not there yet; the first fetch makes it", "")
}

// existingParent is the nearest folder upwards that is there.
func existingParent(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "."
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// tryWriting makes an empty file in a folder and takes it away again.
func tryWriting(dir string) error {
	file, err := os.CreateTemp(dir, ".ejmx-doctor-*")
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: "write into", Path: dir, Err: path.Err}
	}
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// checkMirror tells what the mirror holds, and who is at work on it.
func (c *checkup) checkMirror(dir string) {
	season, err := exporter.OpenSeason(dir)
	switch {
	case errors.Is(err, mirror.ErrNone):
		c.add("mirror", good, "nothing was fetched yet", "")
		return
	case err != nil:
		c.fail("mirror", err, "")
		return
	}
	defer season.Close()
	if latest, err := season.Mirror.Latest(); err != nil {
		c.fail("mirror", err, "run ejmx verify "+dir)
	} else if latest == nil {
		c.add("mirror", good, "nothing was fetched yet", "")
	} else {
		c.add("mirror", good, "it can be read; the newest snapshot is "+latest.ID, "")
	}
	holder, held, err := season.Mirror.LockedBy()
	switch {
	case err != nil:
		c.fail("lock", err, "if no other run of ejmx is at work, delete "+filepath.Join(season.Mirror.Dir(), "lock"))
	case held:
		c.add("lock", notable, (&mirror.LockedError{Holder: holder, Path: filepath.Join(season.Mirror.Dir(), "lock")}).Error(),
			"a dead process of this computer is passed over by itself; otherwise wait")
	default:
		c.add("lock", good, "no other run is at work", "")
	}
}

// leastFree is how much room a season needs at the least, in bytes: one can be a couple of gigabytes.
const leastFree = 2_000_000_000

// checkDisk tells how much room there is.
func (c *checkup) checkDisk() {
	free, err := freeSpace(existingParent(c.settings.season))
	switch {
	case err != nil:
		c.fail("disk", err, "")
	case free < leastFree:
		c.fail("disk", fmt.Errorf("%s are free, and a season can need a few gigabytes", size(free)), "free some space, or name a folder on another disk with --season")
	default:
		c.add("disk", good, size(free)+" are free", "")
	}
}

// trialPage is a PDF of one page that says trialWords.
//
//go:embed doctor.pdf
var trialPage embed.FS

const trialWords = "ejmx works"

// checkWorker has a worker process read a PDF, as packets are made.
func (c *checkup) checkWorker(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute) // PDFium may have to be compiled first
	defer cancel()
	words, err := c.readTrialPage(ctx)
	switch {
	case err != nil:
		c.fail("PDF worker", err, "a virus scanner may keep ejmx from starting itself again: have it let ejmx through")
	case !strings.Contains(words, trialWords):
		c.fail("PDF worker", errors.New("it does not read a page that it should"), "install ejmx anew")
	default:
		c.add("PDF worker", good, "it starts and reads", "")
	}
}

func (c *checkup) readTrialPage(ctx context.Context) (words string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	options := packet.Options{Workers: 1, Command: append([]string{self}, workerArguments...)}
	if dir := filepath.Join(c.env.cache, "pdf"); c.env.cache != "" && os.MkdirAll(dir, 0o700) == nil {
		options.CacheDir = dir // without one it works too, and starts more slowly
	}
	builder, err := packet.NewBuilder(options)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, builder.Close()) }()
	pages, err := builder.Text(ctx, trialPage, &dossier.Document{
		Label: "trial page", State: dossier.Stored, MediaType: "application/pdf", Content: "doctor.pdf",
	}, 1)
	return strings.Join(pages, " "), err
}

// checkOffice says whether applicants' Word documents will have their pages in the packets.
func (c *checkup) checkOffice() {
	path, err := exec.LookPath("soffice")
	if err != nil {
		c.add("LibreOffice", notable, "it is not installed: documents from Word and other offices get a page that says why they are not shown",
			"install LibreOffice, so that soffice is found in PATH; everything else works without")
		return
	}
	c.add("LibreOffice", good, path, "")
}
