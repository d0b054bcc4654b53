package typeset_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/typeset"
)

// names are people's names as they write them, in the scripts that applicants have.
var names = []string{
	"Min-Jung Lee", "Søren Ångström-Kjærgård", "Łukasz Wiśniewski", "Nguyễn Thị Hồng Hạnh", "İsmail Çağlar", "Jiří Dvořák",
	"Γεώργιος Παπαδόπουλος", "Ἀριστοτέλης", "Наталія Їжакевич", "Жанна Ёлкина",
	"محمد عبد الله الشمري", "فاطمة الزهراء", "علی‌رضا پورمحمدی", "דוד בן־גוריון", "יעל כהן",
	"李明华", "陳大文", "田中 さくら", "タナカ サクラ", "김민정", "प्रिया शर्मा", "कृष्णमूर्ति", "लक्ष्मी",
	"ნინო ბერიძე", "Արամ Խաչատրյան", "สมชาย ใจดี", "தமிழ்ச்செல்வி", "রবীন্দ্রনাথ ঠাকুর", "ສົມພອນ",
}

func writeDocument(t *testing.T, blocks ...typeset.Block) string {
	t.Helper()
	var b bytes.Buffer
	about := pdf.Metadata{
		Title: "Names of the world", Author: "ejmx", Lang: "en", Tool: "ejmx test",
		Date: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC),
	}
	if err := typeset.WriteDocument(&b, about, slices.Values(blocks)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "out.pdf")
	if dir := os.Getenv("EJMX_KEEP"); dir != "" {
		path = filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+".pdf")
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func command(t *testing.T, name string, arguments ...string) string {
	t.Helper()
	out, err := exec.Command(outside.Tool(t, name), arguments...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func TestNamesAreFoundAgain(t *testing.T) {
	for _, kind := range []typeset.Kind{typeset.Body, typeset.Title} {
		var blocks []typeset.Block
		for _, name := range names {
			blocks = append(blocks, typeset.Block{Kind: kind, Text: name})
		}
		path := writeDocument(t, blocks...)
		command(t, "qpdf", "--check", path)
		text := command(t, "pdftotext", "-enc", "UTF-8", path, "-")
		drawn := command(t, "mutool", "draw", "-q", "-F", "text", path)
		for _, name := range names {
			if !strings.Contains(text, name) {
				t.Errorf("pdftotext does not find %s", name)
			}
			if !strings.Contains(drawn, name) {
				t.Logf("mutool does not find %s", name)
			}
		}
	}
}
