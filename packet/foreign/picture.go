package foreign

import (
	"bytes"
	"compress/zlib"
	"image"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
)

// drawResolution is that of pages drawn as pictures, in pixels an inch: text reads well and prints tolerably.
const drawResolution = 150

// addDrawn adds a page of a size, in points, that is a picture of one.
func addDrawn(p *piece.Piece, picture *image.RGBA, pageWidth, pageHeight float64) error {
	width, height := picture.Rect.Dx(), picture.Rect.Dy()
	colours, data := samplesOf(picture)
	packed, err := deflateRows(data, width*colours)
	if err != nil {
		return err
	}
	addPicture(p, pdf.Dict{
		"Width": pdf.Int(width), "Height": pdf.Int(height), "ColorSpace": spaces[colours], "BitsPerComponent": pdf.Int(8),
		"Filter": pdf.Name("FlateDecode"), "DecodeParms": predicted(colours, 8, width),
	}, packed, sheet{pageWidth, pageHeight, pdf.Array{
		pdf.Real(pageWidth), pdf.Int(0), pdf.Int(0), pdf.Real(pageHeight), pdf.Int(0), pdf.Int(0),
	}})
	return nil
}

// spaces are the colour spaces of so many colours.
var spaces = map[int]pdf.Object{1: pdf.Name("DeviceGray"), 3: pdf.Name("DeviceRGB"), 4: pdf.Name("DeviceCMYK")}

// predicted says that rows begin with the number of their PNG filter (7.4.4.4).
func predicted(colours, bits, columns int) pdf.Dict {
	return pdf.Dict{
		"Predictor": pdf.Int(15), "Colors": pdf.Int(colours), "BitsPerComponent": pdf.Int(bits), "Columns": pdf.Int(columns),
	}
}

// samplesOf gives a picture's samples without its opacity, and as gray where there is no colour in it.
func samplesOf(picture *image.RGBA) (colours int, data []byte) {
	gray := true
	for i := 0; i < len(picture.Pix) && gray; i += 4 {
		gray = picture.Pix[i] == picture.Pix[i+1] && picture.Pix[i] == picture.Pix[i+2]
	}
	colours = 3
	if gray {
		colours = 1
	}
	for y := range picture.Rect.Dy() {
		row := picture.Pix[y*picture.Stride:][:picture.Rect.Dx()*4]
		for x := 0; x < len(row); x += 4 {
			data = append(data, row[x:x+colours]...)
		}
	}
	return colours, data
}

// deflateRows packs rows of samples with PNG's filter Up before each (7.4.4.4).
func deflateRows(data []byte, columns int) ([]byte, error) {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	above := make([]byte, columns)
	line := make([]byte, columns+1)
	line[0] = 2
	for ; len(data) >= columns && columns > 0; data = data[columns:] {
		for i, v := range data[:columns] {
			line[i+1] = v - above[i]
		}
		above = data[:columns]
		if _, err := z.Write(line); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

// sheet is a page for a picture.
type sheet struct {
	width, height float64   // in points
	matrix        pdf.Array // the picture's place on it
}

// addPicture adds a page with a picture, whose dictionary lacks only its type.
func addPicture(p *piece.Piece, d pdf.Dict, data []byte, on sheet) {
	d["Type"], d["Subtype"] = pdf.Name("XObject"), pdf.Name("Image")
	picture := p.Add(piece.Object{Shared: true, Stream: true, Body: piece.Value(d), Data: data})
	text := []byte("q ")
	for _, v := range on.matrix {
		text = append(v.Append(text), ' ')
	}
	text = append(text, "cm /Picture Do Q"...)
	var resources piece.Resources
	resources.Others.String("/XObject<</Picture ")
	resources.Others.Ref(picture)
	resources.Others.String(">>")
	p.Resources = append(p.Resources, resources)
	box := pdf.Rect{0, 0, on.width, on.height}
	p.Pages = append(p.Pages, piece.Page{
		MediaBox: box, CropBox: box, UserUnit: 1, Full: true, Resources: len(p.Resources) - 1,
		Contents: []int{p.Add(piece.Object{Shared: true, Stream: true, Body: piece.Value(pdf.Dict{}), Data: text})},
	})
}
