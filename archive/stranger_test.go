package archive_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ledger"
)

// strangersZip is a valid bag as an ordinary program zips it: with data descriptors and the bag at the top.
func strangersZip(t *testing.T) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	if err := z.AddFS(os.DirFS("../testdata/bagit-suite/v0.97/valid/bag-in-a-bag")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestStrangersZipIsAccepted(t *testing.T) {
	if r := verify(t, strangersZip(t)); !r.OK() || r.Version != "0.97" {
		t.Errorf("report %+v", r)
	}
}

func TestHeadersThatDisagreeAreRefused(t *testing.T) {
	lying := bytes.Replace(strangersZip(t), []byte("data/bag/data/test1.txt"), []byte("data/bag/data/test9.txt"), 1)
	if verify(t, lying).OK() {
		t.Error("a file's own header names it otherwise than the directory, and nothing is found")
	}
}

func TestLimitsHold(t *testing.T) {
	data := strangersZip(t)
	for _, limits := range []archive.Limits{{Files: 3}, {Bytes: 100}} {
		r, err := archive.VerifyFile(t.Context(), bytes.NewReader(data), int64(len(data)), archive.Options{Limits: limits}, ledger.Discard)
		if err != nil || r.OK() || r.Faults[0].Kind != archive.Unsafe {
			t.Errorf("%+v: %+v, %v", limits, r, err)
		}
	}
}

func TestWriteStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := archive.Write(ctx, &bytes.Buffer{}, payload, info, ledger.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
