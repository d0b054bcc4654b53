package site

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/internal/outside"
)

func TestIndexPDF(t *testing.T) {
	p := madeUp(60, "http://canary.example")
	p.Dossiers[8].Packet.Path = ""
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := writeIndex(out, p); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two lists of one posting differ")
	}
	name := filepath.Join(t.TempDir(), "index.pdf")
	if err := os.WriteFile(name, first.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	words, err := exec.CommandContext(t.Context(), outside.Tool(t, "pdftotext"), "-layout", name, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Assistant Professor of Economics", "Lee, Min-Jung", "李, 敏貞", "García Núñez, Chloé", "letters 1 / 2", "60 candidates"} {
		if !strings.Contains(string(words), want) {
			t.Errorf("the list does not show %q", want)
		}
	}
	plain, err := exec.CommandContext(t.Context(), outside.Tool(t, "qpdf"), "--qdf", "--object-streams=disable", name, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(plain, []byte("/S /GoToR")); n != 59 || !bytes.Contains(plain, []byte("(Lee Min-Jung 620003.pdf)")) {
		t.Errorf("%d names open a packet, want 59", n)
	}
}
