package foreign

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"golang.org/x/text/unicode/norm"

	"github.com/ejmx/ejmx/packet/piece"
)

// How much text is taken of a document, in bytes of UTF-8. A page that people read holds a few thousand characters and a
// book a megabyte; what holds more was made to fill somebody's disk.
const (
	maxPageText = 64 << 10
	maxText     = 4 << 20
)

// HasWords reports whether a document that begins so is of a kind that a worker can take the words of.
func HasWords(head []byte) bool {
	ways, _ := Ways(head)
	return len(ways) > 0 && (ways[0] == AsIs || ways[0] == Text)
}

// words gives what a document says, one string a page as the packet has it. Pages after the job's limit are left out.
func (w *worker) words(ctx context.Context, job Job, whole *document) ([]string, error) {
	document, err := whole.bytes(drawnCopies)
	if err != nil {
		return nil, err
	}
	ways, reason := Ways(document[:min(len(document), headSize)])
	switch {
	case len(ways) > 0 && ways[0] == AsIs:
	case len(ways) > 0 && ways[0] == Text:
		if document, err = typesetText(ctx, document); err != nil { // so that its words are on the pages that the packet has
			return nil, err
		}
	default:
		return nil, &Failure{reason, "no words are taken of it"}
	}
	engine, err := w.session(ctx, job)
	if err != nil {
		return nil, err
	}
	defer engine.close()
	d, err := engine.open(document)
	if err != nil {
		return nil, err
	}
	defer d.close()
	return d.words(ctx, job.Limits.Pages)
}

// words gives the words of the first pages. A page that cannot be read has none.
func (d *drawing) words(ctx context.Context, most int) (pages []string, err error) {
	left := maxText
	for i := range min(d.pages, most) {
		text := cut(cleanText(d.wordsOf(i)), min(left, maxPageText))
		if err := ctx.Err(); err != nil {
			return nil, &Failure{Slow, err.Error()}
		}
		pages = append(pages, text)
		if left -= len(text); left == 0 {
			break
		}
	}
	return pages, nil
}

// wordsOf gives a page's text as PDFium has it, "" where it cannot read the page.
func (d *drawing) wordsOf(page int) string {
	loaded, err := d.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: d.ref, Index: page})
	if err != nil {
		return ""
	}
	defer func() {
		_, _ = d.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page}) // its instance is put back soon
	}()
	text, err := d.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: requests.Page{ByReference: &loaded.Page}})
	if err != nil {
		return ""
	}
	defer func() { _, _ = d.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: text.TextPage}) }()
	return d.characters(text.TextPage)
}

func (d *drawing) characters(page references.FPDF_TEXTPAGE) string {
	count, err := d.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: page})
	if err != nil || count.Count <= 0 {
		return ""
	}
	text, err := d.FPDFText_GetText(&requests.FPDFText_GetText{TextPage: page, Count: min(count.Count, maxPageText)})
	if err != nil {
		return ""
	}
	return text.Text
}

// divided are the ways in which PDFium marks a word that goes on in the next line, to be put together again.
var divided = strings.NewReplacer(
	"\x02\r\n", "", "\x02\n", "", "\uFFFE\r\n", "", "\uFFFE\n", "", "\u00AD\r\n", "", "\u00AD\n", "",
)

// cleanText makes a document's words harmless and alike: in Unicode's form C, without control characters and those that
// turn or hide text, with one blank or one line end where there was any space. It neither begins nor ends with space.
func cleanText(text string) string {
	var b strings.Builder
	var space rune
	for _, r := range divided.Replace(text) {
		switch {
		case r == '\n' || r == '\f' || r == '\u2028' || r == '\u2029':
			space = '\n'
		case unicode.IsSpace(r) || unicode.IsControl(r):
			if space == 0 {
				space = ' '
			}
		case isSilent(r):
		default:
			if space != 0 && b.Len() > 0 {
				b.WriteRune(space)
			}
			space = 0
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// isSilent tells characters that say nothing themselves: marks of format, save the joiners that scripts need, and what
// Unicode has no characters for.
func isSilent(r rune) bool {
	switch {
	case r == '\u200C' || r == '\u200D':
		return false
	case r == unicode.ReplacementChar, r >= '\uFDD0' && r <= '\uFDEF', r&0xFFFE == 0xFFFE:
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

// cut gives the beginning of a text that is no longer than so many bytes, in whole characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.TrimSpace(strings.ToValidUTF8(text[:most], ""))
}

// writeWords writes pages as [ReceiveWords] reads them: how many there are, then of each its length and its text.
func writeWords(out io.Writer, pages []string) error {
	message := binary.AppendUvarint(nil, uint64(len(pages)))
	for _, page := range pages {
		message = append(binary.AppendUvarint(message, uint64(len(page))), page...)
	}
	_, err := out.Write(message)
	return err
}

// ReceiveWords takes what follows a worker's answer to a job of the way [Words], one string a page.
func ReceiveWords(in *bufio.Reader) ([]string, error) {
	count, err := receiveNumber(in, maxText)
	if err != nil {
		return nil, err
	}
	var pages []string
	left := maxText
	for range count {
		size, err := receiveNumber(in, min(left, maxPageText))
		if err != nil {
			return nil, err
		}
		text := make([]byte, size)
		if _, err := io.ReadFull(in, text); err != nil {
			return nil, err
		}
		left -= size
		pages = append(pages, strings.ToValidUTF8(string(text), ""))
	}
	return pages, nil
}

// receiveNumber reads a number that is not greater than most.
func receiveNumber(in *bufio.Reader, most int) (int, error) {
	n, err := binary.ReadUvarint(in)
	if err == nil && n > uint64(most) {
		err = fmt.Errorf("%w: %d where at most %d is possible", piece.ErrWire, n, most)
	}
	return int(n), err
}
