package season

import (
	"archive/zip"
	"encoding/xml"
	"io"
	"math/rand/v2"
	"strings"
)

// wordDocument is a research statement in the format of word processors (ECMA-376), with no more in it than they need.
type wordDocument struct{ person *person }

// wordParts are the parts of such a file that are the same in each.
var wordParts = []struct{ name, text string }{
	{"[Content_Types].xml", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` +
		`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
		`</Types>`},
	{"_rels/.rels", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` +
		`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>` +
		`</Relationships>`},
}

func (d wordDocument) print(out io.Writer, _ *world, rng *rand.Rand) error {
	z := zip.NewWriter(out)
	for _, part := range wordParts {
		if err := writePart(z, part.name, part.text); err != nil {
			return err
		}
	}
	about := &prose{paper: d.person.paper, rng: rng}
	var text strings.Builder
	text.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` +
		`<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`)
	wordParagraph(&text, "Research statement", `<w:b/><w:sz w:val="36"/>`)
	wordParagraph(&text, d.person.name.full()+", "+d.person.university.name, `<w:i/>`)
	for range 9 {
		wordParagraph(&text, about.paragraph(5), "")
	}
	text.WriteString(`</w:body></w:document>`)
	if err := writePart(z, "word/document.xml", text.String()); err != nil {
		return err
	}
	return z.Close()
}

func wordParagraph(b *strings.Builder, text, look string) {
	b.WriteString(`<w:p><w:pPr><w:spacing w:after="160"/></w:pPr><w:r><w:rPr>` + look + `</w:rPr><w:t xml:space="preserve">`)
	_ = xml.EscapeText(b, []byte(text)) // a strings.Builder takes everything
	b.WriteString(`</w:t></w:r></w:p>`)
}

func writePart(z *zip.Writer, name, text string) error {
	part, err := z.Create(name) // without a time, so that the bytes are the same each time
	if err != nil {
		return err
	}
	_, err = io.WriteString(part, text)
	return err
}

// unreadable says that it is a PDF and is none: an upload that broke off, then met a printer.
type unreadable struct{}

func (unreadable) print(out io.Writer, _ *world, rng *rand.Rand) error {
	if _, err := io.WriteString(out, "%PDF-1.5\n%\xE2\xE3\xCF\xD3\n1 0 obj\n<< /Length 40960 >>\nstream\n"); err != nil {
		return err
	}
	_, err := io.CopyN(out, noiseReader{rng}, 20<<10)
	return err
}
