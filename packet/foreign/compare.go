package foreign

import (
	"fmt"
	"image"

	"github.com/ejmx/ejmx/packet/piece"
)

// How pages are compared: drawn small, which shows whatever is missing and hides how glyphs are smoothed.
const (
	compareResolution = 20 // pixels an inch
	tile              = 8  // pixels, the side of the squares that are compared: a word is not lost in the white around it
	maxDifference     = 4  // of 255, in the mean over a tile; what is whole is the same pixel for pixel
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
	return worstTile(one, other), nil
}

// worstTile gives how far apart two pictures are where they differ most, from 0 to 255.
func worstTile(a, b *image.RGBA) (worst float64) {
	size := a.Rect.Size()
	if size != b.Rect.Size() {
		return 255
	}
	for top := 0; top < size.Y; top += tile {
		for left := 0; left < size.X; left += tile {
			within := image.Rect(left, top, min(left+tile, size.X), min(top+tile, size.Y))
			worst = max(worst, tileDifference(a, b, within))
		}
	}
	return worst
}

// tileDifference is the mean difference over the colours of a tile, which must not be empty.
func tileDifference(a, b *image.RGBA, within image.Rectangle) float64 {
	sum := 0
	for y := within.Min.Y; y < within.Max.Y; y++ {
		one, other := a.Pix[y*a.Stride:], b.Pix[y*b.Stride:]
		for x := 4 * within.Min.X; x < 4*within.Max.X; x++ {
			sum += max(int(one[x])-int(other[x]), int(other[x])-int(one[x])) // the opacity, every fourth, never differs
		}
	}
	return float64(sum) / float64(3*within.Dx()*within.Dy())
}
