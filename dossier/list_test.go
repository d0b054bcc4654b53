package dossier

import (
	"testing"

	"github.com/ejmx/ejmx/ejm"
)

func TestListed(t *testing.T) {
	for name, want := range map[Name]string{
		{First: "Min-Jung", Last: "Lee"}:                          "Lee, Min-Jung",
		{First: " Ada  King ", Middle: "of", Last: " Lovelace\n"}: "Lovelace, Ada King of",
		{Last: "Plato"}:                          "Plato",
		{First: "Cher"}:                          "Cher",
		{}:                                       "",
		{First: "Eve", Last: "\u202eliva\u2066"}: "liva, Eve",
		{First: "ليلى", Last: "الحسن"}:           "الحسن, ليلى",
	} {
		if got := name.Listed(); got != want {
			t.Errorf("%+v is listed as %q, want %q", name, got, want)
		}
	}
}

func TestLetters(t *testing.T) {
	d := &Dossier{Documents: []Document{
		{Kind: ejm.KindFile, State: Stored},
		{Kind: ejm.KindLetter, State: Stored},
		{Kind: ejm.KindLetter, State: Suspect},
		{Kind: ejm.KindLetter, State: NotSubmitted},
		{Kind: ejm.KindLetter, State: Withdrawn},
	}}
	if in, requested := d.Letters(); in != 2 || requested != 4 {
		t.Errorf("%d of %d letters are in, want 2 of 4", in, requested)
	}
}
