package typeset

import "testing"

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "Min-Jung Lee", "Min-Jung Lee"},
		{"override of direction", "Lee \u202Efdp.exe\u202C", "Lee fdp.exe"},
		{"isolates", "\u2066a\u2069\u2067b\u2069", "ab"},
		{"joiners stay", "علی\u200Cرضا क\u094D\u200Dष", "علی\u200Cرضا क\u094D\u200Dष"},
		{"control characters", "a\x00b\x1B[31mc\td", "a b [31mc d"},
		{"every line end", "a\nb\r\nc\rd\u2028e\u2029f\u0085g", "a\nb\nc\nd\ne\nf\ng"},
		{"soft hyphen and byte order mark", "\uFEFFco\u00ADoperate", "cooperate"},
		{"tags", "a\U000E0041\U000E007Fb", "ab"},
		{"no UTF-8", "a\xffb", "a\uFFFDb"},
		{"marks without end", "a\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301b\u0301", "a\u0301\u0301\u0301\u0301\u0301\u0301b\u0301"},
		{"noncharacter", "a\uFFFEb\uFDD0c", "abc"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := string(clean(test.in)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
