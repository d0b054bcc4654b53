package season

import (
	"cmp"
	"fmt"

	"github.com/ejmx/ejmx/ejm"
)

// sort is one of EJM's types of file.
type sort struct {
	typeID      ejm.ID
	name        string
	description string
	long        string
}

var (
	sortCV       = sort{10, "cv", "Curriculum vitae", "Your curriculum vitae"}
	sortPaper    = sort{20, "jmpaper", "Job market paper", "The paper that you present on the job market"}
	sortVideo    = sort{25, "video", "Presentation video", "The address of a video in which you present your paper"}
	sortResearch = sort{30, "researchstatement", "Research statement", "What you work on and will work on"}
	sortTeaching = sort{50, "teachingstatement", "Teaching statement", "What you have taught, and how"}
	sortPhoto    = sort{60, "photo", "Photograph", "Optional"}
	sortWebsite  = sort{75, "website", "Website", "The address of your own website"}
)

const (
	typePDF  = "application/pdf"
	typeJPEG = "image/jpeg"
	typeDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
)

// furnish gives the n-th person files: the three that everybody sends, and now and then something else.
func (w *world) furnish(p *person, n int) {
	w.give(p, sortCV, "cv.pdf", typePDF, cv{p})
	w.give(p, sortPaper, "jmp.pdf", typePDF, jobMarketPaper{p, n})
	if n%12 == 7 {
		w.give(p, sortTeaching, "teaching-final-FINAL.pdf", typePDF, unreadable{})
	} else {
		w.give(p, sortTeaching, "teaching.pdf", typePDF, teachingStatement{p})
	}
	if w.options.Full {
		w.give(p, sortResearch, "research.pdf", typePDF, teachingStatement{p})
		return
	}
	switch n % 12 {
	case 2:
		w.give(p, sortResearch, "research.docx", typeDOCX, wordDocument{p})
	case 4:
		w.give(p, sortPhoto, "me.jpg", typeJPEG, photograph{})
	case 1, 8:
		w.link(p, sortVideo, fmt.Sprintf("https://video.example.org/talks/%d", p.aid))
	case 5:
		w.link(p, sortWebsite, fmt.Sprintf("https://%s.example.net/", cmp.Or(plainLetters(p.name.last), "home")))
	}
	if w.options.Odd && n == 0 {
		p.files = append(p.files, &file{aid: p.aid, sort: sortResearch, created: p.changed})
	}
}

func (w *world) give(p *person, s sort, fileName, fileType string, by printer) {
	f := &file{id: take(&w.next.file), aid: p.aid, sort: s, created: p.changed}
	f.document = &document{
		kind: ejm.KindFile, blobid: take(&w.next.blob), number: f.id, aid: p.aid, typeID: s.typeID,
		fileName: fileName, fileType: fileType, print: by,
	}
	p.files = append(p.files, f)
}

func (w *world) link(p *person, s sort, address string) {
	p.files = append(p.files, &file{id: take(&w.next.file), aid: p.aid, sort: s, path: address, created: p.changed})
}
