package pdf

import (
	"bytes"
	"strconv"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// FuzzString reads strings, names and text back by the rules of PDF 32000-1, 7.3.4.2, 7.3.5 and 7.9.2.2.
func FuzzString(f *testing.F) {
	f.Add("Lee (Min-Jung) \\ \r\n")
	f.Add("ทดสอบ\x00#/ 𝒳")
	f.Add(")")
	f.Fuzz(func(t *testing.T, s string) {
		if got := readLiteral(t, String(s).Append(nil)); got != s {
			t.Errorf("string %q is read as %q", s, got)
		}
		if got := readName(t, Name(s).Append(nil)); got != s {
			t.Errorf("name %q is read as %q", s, got)
		}
		text := readLiteral(t, Text(s).Append(nil))
		if rest, ok := bytes.CutPrefix([]byte(text), []byte{0xFE, 0xFF}); ok {
			units := make([]uint16, len(rest)/2)
			for i := range units {
				units[i] = uint16(rest[2*i])<<8 | uint16(rest[2*i+1])
			}
			text = string(utf16.Decode(units))
		}
		if utf8.ValidString(s) && text != s {
			t.Errorf("text %q is read as %q", s, text)
		}
	})
}

func readLiteral(t *testing.T, b []byte) string {
	t.Helper()
	var out []byte
	depth := 0
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '(' && depth == 0:
			depth++
		case c == '(':
			t.Fatalf("an open parenthesis is not escaped in %q", b)
		case c == ')':
			if i != len(b)-1 {
				t.Fatalf("the string ends early in %q", b)
			}
			return string(out)
		case c == '\r':
			t.Fatalf("a line end is not escaped in %q", b)
		case c == '\\':
			i++
			switch b[i] {
			case 'n':
				out = append(out, '\n')
			case 'r':
				out = append(out, '\r')
			default:
				out = append(out, b[i])
			}
		default:
			out = append(out, c)
		}
	}
	t.Fatalf("the string does not end in %q", b)
	return ""
}

func readName(t *testing.T, b []byte) string {
	t.Helper()
	var out []byte
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '#':
			v, err := strconv.ParseUint(string(b[i+1:i+3]), 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, byte(v))
			i += 2
		case c <= ' ' || c > '~' || isDelimiter(c):
			t.Fatalf("%q is not a regular character in %q", c, b)
		default:
			out = append(out, c)
		}
	}
	return string(out)
}
