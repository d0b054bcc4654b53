package packet

import (
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ejmx/ejmx/packet/foreign"
)

// convert has LibreOffice make a PDF of a document, and gives that file's bytes. LibreOffice runs alone in a folder of its
// own within scratch: its home, its profile, and all it may write; it learns nothing of our environment, and reaches no
// network where the system can keep it from it. It is ended with everything it started when it takes too long.
func convert(ctx context.Context, soffice, scratch string, document io.Reader, limits Limits) (_ []byte, err error) {
	dir, err := os.MkdirTemp(scratch, "ejmx-office-")
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil { // LibreOffice runs in it, and is told of it
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	source := filepath.Join(dir, "document")
	if err := errors.Join(copyTo(source, document), settle(dir)); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	err = runApart(func() *exec.Cmd { return officeCommand(ctx, soffice, dir, source) })
	if err != nil {
		if ctx.Err() != nil {
			return nil, &foreign.Failure{Reason: foreign.Slow, Detail: "LibreOffice"}
		}
		return nil, &foreign.Failure{Reason: foreign.NotPossible, Detail: "LibreOffice: " + err.Error()}
	}
	made, err := os.Open(filepath.Join(dir, "out", "document.pdf"))
	if err != nil {
		return nil, &foreign.Failure{Reason: foreign.NotPossible, Detail: "LibreOffice made nothing of it"}
	}
	defer made.Close()
	return io.ReadAll(io.LimitReader(made, limits.Bytes))
}

// profileName is the folder of LibreOffice's settings.
const profileName = "profile"

// settings say to LibreOffice that it is no newer than what was started last. Without them every start is the first of a
// new version to it, at which it tries for seconds how well it draws (desktop/source/app/app.cxx, runGraphicsRenderTests).
const settings = `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/Product"><prop oor:name="ooSetupLastVersion" oor:op="fuse"><value>99.9</value></prop></item>
</oor:items>
`

// settle begins the profile in LibreOffice's folder.
func settle(dir string) error {
	user := filepath.Join(dir, profileName, "user")
	if err := os.MkdirAll(user, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(user, "registrymodifications.xcu"), []byte(settings), 0o600)
}

func officeCommand(ctx context.Context, soffice, dir, source string) *exec.Cmd {
	profile := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(dir, profileName))}
	c := exec.CommandContext(ctx, soffice, "-env:UserInstallation="+profile.String(), "--headless", "--norestore", "--nologo",
		"--nodefault", "--nolockcheck", "--convert-to", "pdf", "--outdir", filepath.Join(dir, "out"), source)
	c.Dir, c.Env = dir, officeEnvironment(dir)
	c.WaitDelay = time.Second
	asGroup(c)
	return c
}

func copyTo(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}

// officeEnvironment is what LibreOffice is told: where its programs are, and a home that goes with it.
func officeEnvironment(home string) []string {
	env := []string{"HOME=" + home, "USERPROFILE=" + home, "TMPDIR=" + home, "TEMP=" + home, "TMP=" + home, "LANG=C.UTF-8"}
	for _, name := range []string{"PATH", "SYSTEMROOT"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
