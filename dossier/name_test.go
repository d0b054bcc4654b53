package dossier

import (
	"path"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSafeName(t *testing.T) {
	for _, test := range []struct{ words, keep, want string }{
		{"Curriculum vitae", ".pdf", "Curriculum vitae.pdf"},
		{"../../x", ".pdf", "_.._x.pdf"},
		{"..", "", "_"},
		{"", ".pdf", "_.pdf"},
		{"  two\t\nblanks  ", ".pdf", "two blanks.pdf"},
		{`a<b>c:d"e/f\g|h?i*j#k%l&m{n}o~p`, "", "a_b_c_d_e_f_g_h_i_j_k_l_m_n_o_p"},
		{"CON", ".pdf", "_CON.pdf"},
		{"lpt1.x", ".txt", "_lpt1.x.txt"},
		{"nul\x00byte\x1b[2J", "", "nul_byte_[2J"},
		{"left\u202eright", "", "left_right"},
		{"ends in a dot.", "", "ends in a dot"},
		{"e\u0301te\u0301", "", "été"},
		{"김민정", " 620310", "김민정 620310"},
		{"\xff\xfe", "", "_"},
	} {
		if got := SafeName(test.words, test.keep, 80); got != test.want {
			t.Errorf("SafeName(%q, %q) = %q, want %q", test.words, test.keep, got, test.want)
		}
	}
}

func TestSafeNameShortens(t *testing.T) {
	for _, words := range []string{strings.Repeat("long ", 1000), strings.Repeat("木", 3000), strings.Repeat("e\u0301\u0302\u0303", 900), strings.Repeat("😀", 500)} {
		got := SafeName(words, " 620310.pdf", 80)
		if units(got) > 80 || len(got) > 180 || !strings.HasSuffix(got, " 620310.pdf") || !strings.Contains(got, "…") || !utf8.ValidString(got) {
			t.Errorf("%.20q… became %q: %d units, %d bytes", words, got, units(got), len(got))
		}
	}
}

func FuzzSafeName(f *testing.F) {
	f.Add("../../x", ".pdf")
	f.Add("con", "")
	f.Fuzz(func(t *testing.T, words, extension string) {
		if extension != ".pdf" && extension != "" {
			extension = " 620310"
		}
		name := SafeName(words, extension, 80)
		switch {
		case name == "", name == ".", name == "..", strings.ContainsAny(name, forbidden), !utf8.ValidString(name),
			strings.HasSuffix(name, "."), strings.HasSuffix(name, " "), strings.HasPrefix(name, " "), strings.HasPrefix(name, "."):
			t.Fatalf("SafeName(%q, %q) = %q", words, extension, name)
		case units(name) > 81 || len(name) > 181:
			t.Fatalf("SafeName(%q, %q) is too long: %q", words, extension, name)
		case path.Clean(name) != name:
			t.Fatalf("SafeName(%q, %q) = %q is a path", words, extension, name)
		}
	})
}

func TestCandidateName(t *testing.T) {
	for _, test := range []struct {
		pattern, first, last, want string
	}{
		{"{last} {first} {appid}", "Min-Jung", "Lee", "Lee Min-Jung 620310"},
		{"{last} {first} {appid}", "", "Suharto", "Suharto 620310"},
		{"{last} {first} {appid}", "", "", "_ 620310"},
		{"{last} {first} {appid}", "x", "../..", "_.. x 620310"},
		{"{appid} {last}", "Min-Jung", "Lee", "620310 Lee"},
		{"{last}-{appid}", "Min-Jung", "Lee", "Lee-620310"},
	} {
		e := &Edition{PacketName: test.pattern}
		if got := candidateName(e, Name{First: test.first, Last: test.last}, "MIT", "620310"); got != test.want {
			t.Errorf("%s: got %q, want %q", test.pattern, got, test.want)
		}
	}
	long := candidateName(&Edition{PacketName: "{last} {first} {appid}"}, Name{First: strings.Repeat("x", 3000), Last: "Lee"}, "", "620310")
	if units(long) > maxFolderUnits || !strings.HasSuffix(long, " 620310") {
		t.Errorf("a long name became %q", long)
	}
}

func TestDocumentNamesAreUniqueAndShort(t *testing.T) {
	names := pathNames{folder: "documents/" + strings.Repeat("x", 64), taken: map[string]bool{}}
	seen := map[string]bool{}
	for _, label := range []string{"1 CV", "1 cv", "1 ＣＶ", strings.Repeat("paper ", 500), strings.Repeat("paper ", 500)} {
		name := names.name(label, ".pdf")
		if seen[fold(name)] || units(name) > maxPathUnits || !strings.HasSuffix(name, ".pdf") {
			t.Errorf("%.20q became %q", label, name)
		}
		seen[fold(name)] = true
	}
}

func TestSlug(t *testing.T) {
	for title, want := range map[string]string{
		"Assistant Professor": "assistant-professor", "  Économie & Finance!  ": "économie-finance", "": "", "///": "",
		strings.Repeat("word ", 50): "word-word-word-word-word-word-word-word",
	} {
		if got := Slug(title); got != want {
			t.Errorf("Slug(%.30q) = %q, want %q", title, got, want)
		}
	}
}
