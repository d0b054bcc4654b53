package foreign

import (
	"fmt"
	"image"

	"github.com/ejmx/ejmx/packet/piece"
)

// How pages are compared: drawn small, which shows whatever is missing and hides how glyphs are smoothed.
const (
	compareResolution = 20 // pixels an inch
	maxDifference     = 1  // of 255, in the mean over all pixels and colours
	maxCompared       = 16 // pages of a document
)

// faithful compares the piece with the document it came from, as PDFium draws both. Form fields are compared where it is the
// viewer that gives them their look; where the file does, PDFium has other ideas, such as arrows to click on.
func faithful(s *session, original *drawing, p *piece.Piece, form bool) error {
	if original.pages != len(p.Pages) {
		return &Failure{Differs, fmt.Sprintf("%d pages of %d", len(p.Pages), original.pages)}
	}
	file, err := standalone(p, form)
	if err != nil {
		return err
	}
	copied, err := s.open(file)
	if err != nil {
		return &Failure{Differs, "the copy cannot be opened: " + err.Error()}
	}
	defer copied.close()
	original.form, copied.form = form, form
	for _, page := range samples(len(p.Pages)) {
		if d, err := difference(original, copied, page); err != nil {
			return err
		} else if d > maxDifference {
			return &Failure{Differs, fmt.Sprintf("page %d differs by %.1f", page+1, d)}
		}
	}
	return nil
}

// visible makes sure that the pages of a piece, for which there is nothing to compare with, are not all empty: what is found
// in a wreck may be its blank paper.
func visible(s *session, p *piece.Piece) error {
	file, err := standalone(p, true)
	if err != nil {
		return err
	}
	copied, err := s.open(file)
	if err != nil {
		return &Failure{Damaged, "the copy cannot be opened: " + err.Error()}
	}
	defer copied.close()
	for _, page := range samples(copied.pages) {
		picture, release, err := copied.draw(page, compareResolution)
		if err != nil {
			return err
		}
		blank := isBlank(picture)
		release()
		if !blank {
			return nil
		}
	}
	return &Failure{Damaged, "nothing is seen on its pages"}
}

// isBlank reports whether all of a picture has one colour.
func isBlank(picture *image.RGBA) bool {
	for y := range picture.Rect.Dy() {
		row := picture.Pix[y*picture.Stride:][:picture.Rect.Dx()*4]
		for x := 0; x < len(row); x += 4 {
			if [4]byte(row[x:]) != [4]byte(picture.Pix) {
				return false
			}
		}
	}
	return true
}

// samples gives the pages to compare of so many: all of a short document, else some from all over it.
func samples(pages int) (chosen []int) {
	n := min(pages, maxCompared)
	for i := range n {
		chosen = append(chosen, i*(pages-1)/max(n-1, 1))
	}
	return chosen
}

func difference(a, b *drawing, page int) (float64, error) {
	one, release, err := a.draw(page, compareResolution)
	if err != nil {
		return 0, err
	}
	defer release()
	other, releaseOther, err := b.draw(page, compareResolution)
	if err != nil {
		return 0, &Failure{Differs, err.Error()}
	}
	defer releaseOther()
	return meanDifference(one, other), nil
}

// meanDifference gives how far apart two pictures are, from 0 to 255.
func meanDifference(a, b *image.RGBA) float64 {
	if a.Rect.Size() != b.Rect.Size() {
		return 255
	}
	var sum, n int
	for y := range a.Rect.Dy() {
		one, other := a.Pix[y*a.Stride:], b.Pix[y*b.Stride:]
		for x := range a.Rect.Dx() * 4 {
			if d := int(one[x]) - int(other[x]); d < 0 {
				sum -= d
			} else {
				sum += d
			}
			n++
		}
	}
	return float64(sum) / float64(max(n, 1)) * 4 / 3 // a fourth of the bytes, the opacity, never differs
}
