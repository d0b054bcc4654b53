package foreign

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCleanText(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{" \r\n a \t b\r\n\r\n c\x00\x1b ", "a b\nc"},
		{"macroeco\x02\r\nnomics", "macroeconomics"},
		{"macroeco\uFFFE\r\nnomics", "macroeconomics"},
		{"soft\u00ADly\uFEFF \u202Ereversed\u202C", "softly reversed"},
		{"Zoe\u0308", "Zo\u00EB"},
		{"می\u200Cخواهم", "می\u200Cخواهم"},
		{"one\u2028two\u00A0three\fnext", "one\ntwo three\nnext"},
	} {
		if got := cleanText(c.text); got != c.want {
			t.Errorf("%q became %q, want %q", c.text, got, c.want)
		}
	}
}

func TestCutKeepsCharactersWhole(t *testing.T) {
	for most := range len("경제 학") + 2 {
		const whole = "경제 학"
		if got := cut(whole, most); len(got) > most || !utf8.ValidString(got) || !strings.HasPrefix(whole, got) {
			t.Errorf("cut at %d bytes: %q", most, got)
		}
	}
}

// reply gives what a worker sends for pages after its answer.
func reply(t testing.TB, pages []string) []byte {
	t.Helper()
	var message bytes.Buffer
	if err := writeWords(&message, pages); err != nil {
		t.Fatal(err)
	}
	return message.Bytes()
}

func TestWordsGoThroughTheWire(t *testing.T) {
	for _, pages := range [][]string{nil, {""}, {"one", "", "경제학"}, {strings.Repeat("x", maxPageText)}} {
		message := reply(t, pages)
		got, err := ReceiveWords(bufio.NewReader(bytes.NewReader(message)))
		if err != nil || !slices.Equal(got, pages) {
			t.Errorf("%.50q came out as %.50q, %v", pages, got, err)
		}
		if _, err := ReceiveWords(bufio.NewReader(bytes.NewReader(message[:len(message)-1]))); err == nil {
			t.Errorf("%.50q: no error without the last byte", pages)
		}
	}
	if _, err := ReceiveWords(bufio.NewReader(bytes.NewReader(reply(t, []string{strings.Repeat("x", maxPageText+1)})))); err == nil {
		t.Error("a page that is too long is taken")
	}
}

func FuzzReceiveWords(f *testing.F) {
	f.Add(reply(f, []string{"one", "", "경제학"}))
	f.Add(append(reply(f, nil), 0xFF, 0xFF, 0xFF))
	f.Fuzz(func(t *testing.T, message []byte) {
		pages, err := ReceiveWords(bufio.NewReader(bytes.NewReader(message)))
		if size := len(strings.Join(pages, "")); err == nil && size > len(message) {
			t.Errorf("%d bytes of text out of %d", size, len(message))
		}
	})
}
