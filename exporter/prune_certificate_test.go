package exporter

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/internal/outside"
)

// madeUpCertificate is a certificate with everything that one can have.
func madeUpCertificate() *archive.Certificate {
	sum := strings.Repeat("0123456789abcdef", 4)
	c := &archive.Certificate{
		Name: "disposal-20261124T090000Z", Organization: "Universität Hohenwalde", By: "Ottilie Strandhafer", Account: "ottilie",
		Postings: []archive.DisposedPosting{
			{Posting: "9012", Title: "Assistant Professor", Closed: "2024-11-24", Keep: "2y", Due: "2026-11-24", Applications: 640},
			{Posting: "9013", Title: "Ψ & 経済学", Closed: "2026-10-01", Keep: "1w", Due: "2026-10-08", Applications: 1},
		},
		Began: later, Time: later.Add(time.Minute), Tool: "ejmx test", SHA256: []string{sum},
		Totals: archive.DisposedTotal{Applications: 641, Documents: 4480, Archives: 1, Files: 12345, Bytes: 2147483648},
		Shared: 12, NotExamined: 3, Previous: strings.ToUpper(sum),
		Remaining: []archive.Remaining{{What: "archive", Name: "season.zip", SHA256: sum, Place: "s3://records/econ", Why: "copied there on 2026-11-24"}},
	}
	c.Seal()
	return c
}

func TestCertificateForPeople(t *testing.T) {
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := writeCertificatePDF(out, madeUpCertificate()); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("made twice, it differs")
	}
	name := filepath.Join(t.TempDir(), "certificate.pdf")
	if err := os.WriteFile(name, first.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), outside.Tool(t, "qpdf"), "--check", name).CombinedOutput(); err != nil {
		t.Errorf("qpdf: %v\n%s", err, out)
	}
	text, err := exec.CommandContext(t.Context(), outside.Tool(t, "pdftotext"), "-layout", name, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(strings.Fields(strings.ReplaceAll(string(text), "\u00a0", " ")), " ")
	c := madeUpCertificate()
	for _, words := range []string{
		"Universität Hohenwalde", "Certificate of disposal", "the 2 postings below", "but for the copies named below", "Ψ & 経済学",
		"kept 2 years from its close; due on 24 November 2026", "kept 1 week", "640 applications", "1 application", "4 480 documents", "12 345 files",
		"2 147 483 648 bytes", "12 documents that the same applicants sent", "Ottilie Strandhafer", "1 June 2029, 12:01:00 UTC", "s3://records/econ",
		c.SHA256[0], c.Digest, c.Previous, "3 files put there by people", "Signature",
	} {
		if !strings.Contains(said, words) {
			t.Errorf("it does not say %q", words)
		}
	}
	if t.Failed() {
		t.Log(said)
	}
}
