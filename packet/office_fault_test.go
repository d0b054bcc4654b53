//go:build linux

package packet_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/packet"
)

// TestOfficeRunsApart has a program in LibreOffice's place tell what it can see and reach.
func TestOfficeRunsApart(t *testing.T) {
	t.Setenv("EJMX_CLIENT_SECRET", "open-sesame-please")
	told := filepath.Join(t.TempDir(), "told")
	spy := filepath.Join(t.TempDir(), "soffice")
	script := fmt.Sprintf(`#!/bin/sh
{ env; echo "devices:" $(tail -n +3 /proc/self/net/dev | cut -d: -f1); echo "self: $$"; } > %s
ls -ld "$HOME" >> %s
exit 1
`, told, told)
	if err := os.WriteFile(spy, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	scratch := t.TempDir()
	b := newBuilder(t, func(o *packet.Options) { o.SOffice, o.Scratch = spy, scratch })
	p, d := dossierOf("", source{"statement.docx", docx(t, "A statement of research")})
	if _, outline := build(t, b, p, d); outline.Documents[0].Merged != dossier.MergedPlaceholder {
		t.Errorf("the document became %+v", outline.Documents[0])
	}
	data, err := os.ReadFile(told)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if strings.Contains(text, "open-sesame-please") || strings.Contains(text, "EJMX_") {
		t.Errorf("it was told of our environment:\n%s", text)
	}
	if !strings.Contains(text, "HOME="+scratch+"/ejmx-office-") || !strings.Contains(text, "drwx------") {
		t.Errorf("its home is not a folder of its own:\n%s", text)
	}
	left, err := os.ReadDir(scratch)
	if err != nil || len(left) > 0 {
		t.Errorf("%v was left behind: %v", left, err)
	}
	if exec.Command("unshare", "--user", "--net", "--pid", "--fork", "true").Run() != nil {
		outside.Absent(t, "the system allows no namespaces")
	}
	if !strings.Contains(text, "devices: lo\n") || !strings.Contains(text, "self: 1\n") {
		t.Errorf("it is not apart:\n%s", text)
	}
	tried.Row(t, "Attacks: documents", "a word processor's file that makes LibreOffice phone home or look around",
		"a program in LibreOffice's place tells what it sees, on Linux", 1,
		"it sees no network device but its own loopback, nothing of our environment, a home of mode 0700 that is gone afterwards")
}
