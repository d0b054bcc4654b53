package foreign

import (
	"bytes"
	"context"
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
	"github.com/ejmx/ejmx/packet/typeset"
)

// typedCopies is how many times a text's length setting it takes: as it came, in UTF-8, and with its lines ended alike.
const typedCopies = 4

// typed sets the words of a text file on pages.
func (w *worker) typed(ctx context.Context, job Job, d *document) (*piece.Piece, error) {
	document, err := d.bytes(typedCopies)
	if err != nil {
		return nil, err
	}
	file, err := typesetText(ctx, document)
	if err != nil {
		return nil, err
	}
	s, err := readLenient(ctx, file)
	if err != nil {
		return nil, err
	}
	return importPages(s, job.Limits.Pages)
}

// typesetText gives the PDF of the pages on which the words of a text file are set.
func typesetText(ctx context.Context, document []byte) ([]byte, error) {
	text, err := decodeText(document)
	if err != nil {
		return nil, &Failure{NotPossible, err.Error()}
	}
	var file bytes.Buffer
	if err := typeset.WriteDocument(&file, pdf.Metadata{}, paragraphs(ctx, text)); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, &Failure{Slow, err.Error()}
	}
	return file.Bytes(), nil
}

// decodeText gives a text file's text: in UTF-8 or UTF-16 where it is that, else in the code page of Western Windows.
func decodeText(document []byte) (string, error) {
	isUTF16 := bytes.HasPrefix(document, []byte("\xff\xfe")) || bytes.HasPrefix(document, []byte("\xfe\xff"))
	if isUTF16 || utf8.Valid(document) {
		text, _, err := transform.Bytes(unicode.BOMOverride(unicode.UTF8.NewDecoder()), document)
		return string(text), err
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(document)
	return string(text), err
}

// linesTogether is how many lines without a gap are set as one paragraph.
const linesTogether = 50

// paragraphs gives a text's paragraphs with their lines as they are, and its form feeds. It stops when ctx is done.
func paragraphs(ctx context.Context, text string) iter.Seq[typeset.Block] {
	return func(yield func(typeset.Block) bool) {
		var lines []string
		flush := func() bool {
			block := typeset.Block{Text: strings.Join(lines, "\n")}
			lines = lines[:0]
			return block.Text == "" || (ctx.Err() == nil && yield(block))
		}
		for line := range strings.Lines(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)) {
			before, after, broken := strings.Cut(strings.TrimRight(line, " \t\n"), "\f")
			if before != "" {
				lines = append(lines, before)
			}
			if (before == "" || broken || len(lines) == linesTogether) && !flush() {
				return
			}
			if broken && !yield(typeset.Block{Kind: typeset.PageBreak}) {
				return
			}
			if after != "" {
				lines = append(lines, after)
			}
		}
		flush()
	}
}
