package pdf

import (
	"time"
	"unicode/utf16"
)

// String is a string object of any bytes (7.3.4), written as a literal string in parentheses.
type String string

// Append writes the string with everything escaped that a reader would take for syntax or change: parentheses, the
// backslash and ends of lines.
func (s String) Append(b []byte) []byte {
	b = append(b, '(')
	for i := range len(s) {
		b = AppendEscaped(b, s[i])
	}
	return append(b, ')')
}

// AppendEscaped adds a byte as it stands within the parentheses of a literal string.
func AppendEscaped(b []byte, c byte) []byte {
	switch c {
	case '(', ')', '\\':
		return append(b, '\\', c)
	case '\r':
		return append(b, `\r`...)
	case '\n':
		return append(b, `\n`...)
	}
	return append(b, c)
}

// Hex is a string object written in hexadecimal, as is customary for identifiers and for glyphs in content streams.
type Hex []byte

// Append writes the bytes in hexadecimal between angle brackets.
func (h Hex) Append(b []byte) []byte {
	b = append(b, '<')
	for _, c := range h {
		b = append(b, hexDigits[c>>4], hexDigits[c&15])
	}
	return append(b, '>')
}

// Text gives s as a text string (7.9.2.2): as it is where every character is plain ASCII, which PDFDocEncoding shares,
// and else as UTF-16BE with its byte order mark. Bytes that are no UTF-8 become U+FFFD.
func Text(s string) String {
	if isASCII(s) {
		return String(s)
	}
	units := utf16.Encode([]rune(s))
	b := make([]byte, 0, 2+2*len(units))
	b = append(b, 0xFE, 0xFF)
	for _, u := range units {
		b = append(b, byte(u>>8), byte(u))
	}
	return String(b)
}

// isASCII leaves out control characters other than line ends and tabs: PDFDocEncoding has accents in their places.
func isASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < ' ' && c != '\n' && c != '\r' && c != '\t') || c >= 0x7f {
			return false
		}
	}
	return true
}

// Date gives t as a date (7.9.4) in UTC, to the second.
func Date(t time.Time) String {
	return String(t.UTC().Format("D:20060102150405Z"))
}
