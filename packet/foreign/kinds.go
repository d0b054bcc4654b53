package foreign

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// headSize is how much of a file is looked at to see what it is. Programs that read PDF allow for a kilobyte of junk before
// its header.
const headSize = 4096

// Head reads as much of a file as [Ways] looks at.
func Head(r io.Reader) ([]byte, error) {
	head := make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], err
}

// Ways gives the ways of showing a document that begins so, best first. What the sender called the file and its type is not
// asked: people are often wrong about it. Where there is no way, the reason says what the file is.
func Ways(head []byte) ([]Way, Reason) {
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	for _, k := range kinds {
		if k.matches(trimmed) {
			return k.ways, k.reason
		}
	}
	switch {
	case len(head) == 0:
		return nil, Empty
	case bytes.Contains(head, []byte("%PDF-")):
		return pdfWays, Damaged
	case isText(head):
		return []Way{Text}, NotPossible
	}
	return nil, "it is not a PDF, and of no kind that can be shown"
}

// pdfWays are the ways of showing a PDF.
var pdfWays = []Way{AsIs, Rewrite, Flatten, Reimport, Rebuild, Draw}

// kind is a kind of file that is known by how it begins.
type kind struct {
	starts   string
	at       int    // where starts is, from the beginning
	contains string // anywhere in the head
	ways     []Way
	reason   Reason // for a person, where no way works
}

func (k kind) matches(head []byte) bool {
	if len(head) < k.at+len(k.starts) || !bytes.Contains(head, []byte(k.contains)) {
		return false
	}
	for i := range len(k.starts) {
		c := head[k.at+i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != k.starts[i] {
			return false
		}
	}
	return true
}

// kinds are tried in order. The beginnings are in lower case.
var kinds = []kind{
	{starts: "%pdf-", ways: pdfWays, reason: Damaged},
	{starts: "\xff\xd8\xff", ways: []Way{Picture}, reason: BadImage},
	{starts: "\x89png\r\n\x1a\n", ways: []Way{Picture}, reason: BadImage},
	{starts: "gif8", ways: []Way{Picture}, reason: BadImage},
	{starts: "ii*\x00", ways: []Way{Picture}, reason: BadImage},
	{starts: "mm\x00*", ways: []Way{Picture}, reason: BadImage},
	{starts: "{\\rtf", ways: []Way{Office}, reason: "it is an RTF document, which only LibreOffice could turn into pages"},
	{starts: "\xd0\xcf\x11\xe0", ways: []Way{Office}, reason: "it is an Office document, which only LibreOffice could turn into pages"},
	{starts: "pk\x03\x04", contains: "word/", ways: []Way{Office}, reason: officeReason},
	{starts: "pk\x03\x04", contains: "application/vnd.oasis.opendocument.", ways: []Way{Office}, reason: officeReason},
	{starts: "pk\x03\x04", contains: "[Content_Types].xml", ways: []Way{Office}, reason: officeReason},
	{starts: "pk\x03\x04", reason: "it is a ZIP archive, not a PDF"},
	{starts: "rar!", reason: "it is a RAR archive, not a PDF"},
	{starts: "7z\xbc\xaf\x27\x1c", reason: "it is a 7z archive, not a PDF"},
	{starts: "\x1f\x8b", reason: "it is a compressed file, not a PDF"},
	{starts: "<!doctype html", reason: webPage},
	{starts: "<html", reason: webPage},
	{starts: "<head", reason: webPage},
	{starts: "<?xml", contains: "<html", reason: webPage},
	{starts: "%!ps", reason: "it is a PostScript file, not a PDF"},
	{starts: "heic", at: 8, reason: "it is a picture in the format HEIC, which cannot be shown"},
	{starts: "mif1", at: 8, reason: "it is a picture in the format HEIC, which cannot be shown"},
	{starts: "webp", at: 8, reason: "it is a picture in the format WebP, which cannot be shown"},
	{starts: "ftyp", at: 4, reason: "it is a video, not a PDF"},
	{starts: "\x1ae\xdf\xa3", reason: "it is a video, not a PDF"},
}

const (
	webPage      Reason = "it is a web page, not a PDF"
	officeReason Reason = "it is a Word or similar document, which only LibreOffice could turn into pages"
)

// isText reports whether the beginning of a file reads as text in UTF-8, UTF-16 with its mark, or a Latin code page.
func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return true
	}
	strange := 0
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		head = head[n:]
		switch {
		case r == 0:
			return false
		case r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f':
			return false
		case r == utf8.RuneError && n == 1 && len(head) > utf8.UTFMax: // not just cut off
			strange++
		}
	}
	return strange*20 <= headSize
}
