package workbook_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/workbook"
)

// A new export carries over what people typed into the workbook of the one before.
func Example() {
	posting := &dossier.Posting{PosID: 9012, Title: "Assistant Professor", Dossiers: []*dossier.Dossier{
		{AppID: 620310, Name: dossier.Name{First: "Min-Jung", Last: "Lee"}},
	}}
	var before, after bytes.Buffer
	if err := workbook.Write(&before, posting, workbook.Options{}); err != nil {
		log.Fatal(err)
	}
	typed, err := workbook.ReadTyped(&before)
	if err != nil {
		log.Fatal(err)
	}
	if err := workbook.Write(&after, posting, workbook.Options{Typed: typed, Since: "20261120T090000Z"}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(typed.Opinions("Ada")), "opinions so far")
	// Output: 0 opinions so far
}
