package site_test

import (
	"fmt"
	"io"
	"log"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/site"
)

// The site is written through a function that makes one file, so it can go anywhere.
func Example() {
	posting := &dossier.Posting{PosID: 9012, Title: "Assistant Professor", Dossiers: []*dossier.Dossier{
		{AppID: 620310, Name: dossier.Name{First: "Min-Jung", Last: "Lee"}},
	}}
	create := func(name string, write func(io.Writer) error) error {
		fmt.Println(name)
		return write(io.Discard)
	}
	if err := site.Write(create, posting, site.Options{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// assets/site.css
	// assets/theme.js
	// assets/marks.js
	// assets/list.js
	// assets/candidate.js
	// index.html
	// packets/index.pdf
	// candidates/620310.html
}
