package packet_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"testing"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/outside"
	"github.com/ejmx/ejmx/packet"
)

// docx gives a word processor's file of one paragraph.
func docx(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, part := range map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
		"_rels/.rels":         `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
		"word/document.xml":   `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>` + text + `</w:t></w:r></w:p></w:body></w:document>`,
	} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestLibreOffice has the real LibreOffice turn a document into pages.
func TestLibreOffice(t *testing.T) {
	// It must not take this for its first start, at which it tries for seconds how well it draws.
	soffice := office(t, fmt.Sprintf("%q \"$@\" || exit 9\ntest ! -e profile/user/GraphicsRenderTests.log\n", outside.Tool(t, "soffice")))
	pdftotext := outside.Tool(t, "pdftotext")
	b := newBuilder(t, func(o *packet.Options) { o.SOffice = soffice })
	p, d := dossierOf("", source{"statement.docx", docx(t, "A statement of research")})
	path, outline := build(t, b, p, d)
	if placed := outline.Documents[0]; placed.Merged != dossier.MergedPages || placed.Pages != 1 {
		t.Fatalf("the document became %+v", placed)
	}
	text, err := exec.Command(pdftotext, path, "-").Output()
	if err != nil || !bytes.Contains(text, []byte("A statement of research")) {
		t.Errorf("its text is lost: %q, %v", text, err)
	}
}
