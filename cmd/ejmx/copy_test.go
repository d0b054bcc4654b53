package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// bucket serves a bucket called records in S3's language and gives its server's memory.
func bucket(t *testing.T) *s3mem.Backend {
	backend := s3mem.New()
	if err := backend.CreateBucket("records"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server())
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-test", "AWS_ENDPOINT_URL_S3": server.URL,
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	return backend
}

func copiedToFolderAndBucket(u *user, dir string) {
	t := u.t
	backend := bucket(t)
	drive := filepath.Join(u.home, "drive")
	if err := os.Mkdir(drive, 0o700); err != nil {
		t.Fatal(err)
	}
	path := u.archived("--all", "--season", dir, "--to", drive, "--to", "s3://records/econ")[0]
	name := filepath.Base(path)
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(drive, name)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the drive has other bytes (%v)", err)
	}
	object, err := backend.GetObject("records", "econ/"+name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(object.Contents); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the bucket has other bytes (%v)", err)
	}
	u.must("verify", "s3://records/econ/"+name, "--season", dir)
	u.must("archive", "--copy", path, "--to", drive, "--season", dir)
	if !strings.Contains(u.stdout.String(), "lies whole at") {
		t.Errorf("copied again: %s", u.stdout.String())
	}
	u.must("register", "--season", dir)
	said := u.stdout.String()
	if strings.Count(said, " copy ") != 2 || strings.Count(said, " verify ") != 4 || !strings.Contains(said, "s3://records/econ/"+name) {
		t.Errorf("the register says:\n%s", said)
	}
	if strings.Contains(said, "a-secret") {
		t.Error("the register tells the secret")
	}

	// A copy that was damaged since, and one that was replaced by an archive nobody knows, are found.
	flip(t, filepath.Join(drive, name), want[len(want)/3:len(want)/3+64])
	u.refused("verify the drive", "", "verify", filepath.Join(drive, name), "--season", dir)
	other := u.archived("--posting", readReport(t, filepath.Dir(reports(t, dir)[0])).Posting.PosID.String(), "--season", dir)[0]
	data, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backend.DeleteObject("records", "econ/"+name); err != nil {
		t.Fatal(err)
	}
	if _, err := backend.PutObject("records", "econ/"+name, map[string]string{}, bytes.NewReader(data), int64(len(data)), nil); err != nil {
		t.Fatal(err)
	}
	u.refused("verify the bucket", "its SHA-256 is none that the register has", "verify", "s3://records/econ/"+name, "--season", dir)

	// A damaged archive is not copied.
	flip(t, path, want[len(want)/3:len(want)/3+64])
	u.refused("copy", "is not copied", "archive", "--copy", path, "--to", drive, "--season", dir)
}

func aCopyThatFailsKeepsNoOtherFromIt(u *user, dir string) {
	t := u.t
	bucket(t)
	drive := filepath.Join(u.home, "drive")
	if err := os.Mkdir(drive, 0o700); err != nil {
		t.Fatal(err)
	}
	if code := u.run("archive", "--all", "--season", dir, "--to", filepath.Join(u.home, "unplugged")); code != exitUsage {
		t.Errorf("to a drive that is not there: exit %d: %s", code, u.stderr.String())
	}
	code := u.run("archive", "--all", "--season", dir, "--json", "--to", "s3://nowhere/econ", "--to", drive)
	var said struct{ Archives []archived }
	if err := json.Unmarshal(u.stdout.Bytes(), &said); err != nil || code != exitProblems || len(said.Archives) != 1 {
		t.Fatalf("exit %d, %v: %s%s", code, err, u.stdout.String(), u.stderr.String())
	}
	copies := said.Archives[0].Copies
	if len(copies) != 2 || copies[0].Error == "" || copies[1].Error != "" || !copies[1].Sent {
		t.Errorf("copies %+v", copies)
	}
	if text := u.stderr.String(); !strings.Contains(text, "s3://nowhere/econ: cannot send") || !strings.Contains(text, "AWS_ACCESS_KEY_ID") {
		t.Errorf("said: %s", text)
	}
}
