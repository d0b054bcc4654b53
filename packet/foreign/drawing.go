package foreign

import (
	"bytes"
	"errors"
	"image"

	"github.com/klippa-app/go-pdfium/enums"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// drawing is a document that PDFium has opened.
type drawing struct {
	*session
	ref   references.FPDF_DOCUMENT
	pages int
	form  bool // whether form fields are drawn
}

func (s *session) open(file []byte) (*drawing, error) {
	opened, err := s.OpenDocument(&requests.OpenDocument{File: &file})
	if err != nil {
		return nil, engineFailure(err)
	}
	count, err := s.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: opened.Document})
	if err != nil {
		return nil, engineFailure(err)
	}
	return &drawing{s, opened.Document, count.PageCount, true}, nil
}

func (d *drawing) close() {
	_, _ = d.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: d.ref}) // its instance is put back soon
}

func engineFailure(err error) error {
	if errors.Is(err, pdfiumerrors.ErrPassword) || errors.Is(err, pdfiumerrors.ErrSecurity) {
		return &Failure{Password, err.Error()}
	}
	return &Failure{Damaged, err.Error()}
}

// size is that of a page as it is shown, in points.
func (d *drawing) size(page int) (width, height float64, err error) {
	size, err := d.FPDF_GetPageSizeByIndex(&requests.FPDF_GetPageSizeByIndex{Document: d.ref, Index: page})
	if err != nil {
		return 0, 0, engineFailure(err)
	}
	return size.Width, size.Height, nil
}

// maxSide is how many pixels a picture of a page has at most on its longer side.
const maxSide = 4000

// draw gives a picture of a page, counted from 0, as a screen shows it. Larger pages are drawn at less than the resolution,
// given in pixels an inch. The picture is good until release is called.
func (d *drawing) draw(page, resolution int) (picture *image.RGBA, release func(), err error) {
	if err := d.over(); err != nil {
		return nil, nil, &Failure{Slow, err.Error()}
	}
	at := requests.Page{ByIndex: &requests.PageByIndex{Document: d.ref, Index: page}}
	width, height, err := d.size(page)
	if err != nil {
		return nil, nil, err
	}
	side := max(width, height, 1)
	resolution = max(1, min(resolution, int(72*maxSide/side)))
	drawn, err := d.RenderPageInDPI(&requests.RenderPageInDPI{Page: at, DPI: resolution, RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT, RenderForm: d.form})
	if err != nil {
		return nil, nil, engineFailure(err)
	}
	picture, ok := drawn.Result.RenderedImage.(*image.RGBA)
	if !ok {
		return nil, nil, &Failure{Undrawable, "no picture"}
	}
	return picture, drawn.Cleanup, nil
}

// canDraw reports whether the first page can be drawn.
func (d *drawing) canDraw() bool {
	_, release, err := d.draw(0, compareResolution)
	if err == nil {
		release()
	}
	return err == nil
}

// repair gives the document as PDFium writes it, without encryption, in one of three ways: what it has read, the same with
// form fields and annotations drawn into the pages, or a new document into which it has imported the pages.
func (d *drawing) repair(way Way) ([]byte, error) {
	switch way {
	case Flatten:
		return d.flatten()
	case Reimport:
		return d.reimport()
	}
	return d.save(d.ref)
}

func (d *drawing) flatten() ([]byte, error) {
	for i := range d.pages {
		if _, release, err := d.draw(i, 1); err != nil { // which makes appearances for fields that have none
			return nil, err
		} else {
			release()
		}
		page := requests.Page{ByIndex: &requests.PageByIndex{Document: d.ref, Index: i}}
		if _, err := d.FPDFPage_Flatten(&requests.FPDFPage_Flatten{Page: page}); err != nil {
			return nil, engineFailure(err)
		}
	}
	return d.save(d.ref)
}

func (d *drawing) reimport() ([]byte, error) {
	fresh, err := d.FPDF_CreateNewDocument(&requests.FPDF_CreateNewDocument{})
	if err != nil {
		return nil, engineFailure(err)
	}
	if _, err := d.FPDF_ImportPages(&requests.FPDF_ImportPages{Source: d.ref, Destination: fresh.Document}); err != nil {
		return nil, engineFailure(err)
	}
	return d.save(fresh.Document)
}

func (d *drawing) save(document references.FPDF_DOCUMENT) ([]byte, error) {
	var b bytes.Buffer
	_, err := d.FPDF_SaveAsCopy(&requests.FPDF_SaveAsCopy{
		Flags: requests.SaveFlagRemoveSecurity, Document: document, FileWriter: &b,
	})
	if err != nil {
		return nil, engineFailure(err)
	}
	return b.Bytes(), nil
}
