package pdf

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Metadata says what a file is, for readers' title bars, search and archives. Empty fields are left out.
type Metadata struct {
	Title   string
	Author  string
	Subject string
	Lang    string    // of the file as a whole, by BCP 47: "en"
	Tool    string    // what made the file: "ejmx 0.1.0"
	Date    time.Time // of what the file shows; the file itself carries no clock
}

// PutInfo writes the document information dictionary (14.3.3) for [Writer.Close].
func (m Metadata) PutInfo(w *Writer) Ref {
	d := Dict{}
	for key, value := range map[Name]string{
		"Title": m.Title, "Author": m.Author, "Subject": m.Subject, "Creator": m.Tool, "Producer": m.Tool,
	} {
		if value != "" {
			d[key] = Text(value)
		}
	}
	if !m.Date.IsZero() {
		d["CreationDate"], d["ModDate"] = Date(m.Date), Date(m.Date)
	}
	return w.Add(d)
}

// PutXMP writes the same as a metadata stream (14.3.2) for the catalog's Metadata entry. It is not compressed, so that
// programs that know nothing of PDF find it.
func (m Metadata) PutXMP(w *Writer) Ref {
	var b strings.Builder
	b.WriteString("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"` +
		` xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">` + "\n")
	element := func(format, value string) {
		if value != "" {
			fmt.Fprintf(&b, format+"\n", escapeXML(value))
		}
	}
	element(`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:title>`, m.Title)
	element(`<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator>`, m.Author)
	element(`<dc:description><rdf:Alt><rdf:li xml:lang="x-default">%s</rdf:li></rdf:Alt></dc:description>`, m.Subject)
	element(`<dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>`, m.Lang)
	element(`<xmp:CreatorTool>%s</xmp:CreatorTool>`, m.Tool)
	element(`<pdf:Producer>%s</pdf:Producer>`, m.Tool)
	if !m.Date.IsZero() {
		date := m.Date.UTC().Format(time.RFC3339)
		element(`<xmp:CreateDate>%s</xmp:CreateDate>`, date)
		element(`<xmp:ModifyDate>%s</xmp:ModifyDate>`, date)
		element(`<xmp:MetadataDate>%s</xmp:MetadataDate>`, date)
	}
	b.WriteString("<dc:format>application/pdf</dc:format>\n</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>")
	ref := w.Alloc()
	w.PutStream(ref, Dict{"Type": Name("Metadata"), "Subtype": Name("XML")}, []byte(b.String()))
	return ref
}

// escapeXML gives s as character data. What XML cannot hold becomes U+FFFD.
func escapeXML(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(strings.ToValidUTF8(s, string(utf8.RuneError)))); err != nil {
		return ""
	}
	return b.String()
}
