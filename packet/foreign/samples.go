package foreign

import (
	"image"
	"image/color"
	"image/draw"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
)

// addImage adds a page for a decoded picture, on white where it is transparent, in the least form that holds it: black and
// white, a palette, gray, or colours.
func addImage(p *piece.Piece, picture image.Image, orientation int) error {
	bounds := picture.Bounds()
	width, height := bounds.Dx(), bounds.Dy()
	d := pdf.Dict{"Width": pdf.Int(width), "Height": pdf.Int(height), "Filter": pdf.Name("FlateDecode")}
	var data []byte
	colours, bits, columns := 1, 8, width
	if paletted, ok := picture.(*image.Paletted); ok && paletted.Opaque() {
		d["ColorSpace"] = indexed(paletted.Palette)
		for y := range height {
			data = append(data, paletted.Pix[y*paletted.Stride:][:width]...)
		}
	} else {
		canvas := image.NewRGBA(image.Rect(0, 0, width, height))
		draw.Draw(canvas, canvas.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(canvas, canvas.Rect, picture, bounds.Min, draw.Over)
		if colours, data = samplesOf(canvas); colours == 1 {
			if packed, ok := packBits(data, width); ok {
				data, bits, columns = packed, 1, (width+7)/8
			}
		}
		d["ColorSpace"] = spaces[colours]
	}
	packed, err := deflateRows(data, columns*colours)
	if err != nil {
		return err
	}
	d["BitsPerComponent"], d["DecodeParms"] = pdf.Int(bits), predicted(colours, bits, width)
	addPicture(p, d, packed, upright(width, height, orientation))
	return nil
}

// indexed gives the colour space of a palette (8.6.6.3).
func indexed(palette color.Palette) pdf.Object {
	var table []byte
	for _, c := range palette {
		r, g, b, _ := c.RGBA()
		table = append(table, byte(r>>8), byte(g>>8), byte(b>>8))
	}
	return pdf.Array{pdf.Name("Indexed"), spaces[3], pdf.Int(len(palette) - 1), pdf.String(table)}
}

// packBits gives gray samples of a byte as rows of bits, if all of them are black or white.
func packBits(data []byte, width int) ([]byte, bool) {
	if width == 0 {
		return nil, false
	}
	rowBytes := (width + 7) / 8
	packed := make([]byte, 0, rowBytes*len(data)/width)
	for ; len(data) >= width; data = data[width:] {
		row := make([]byte, rowBytes)
		for x, v := range data[:width] {
			switch v {
			case 0:
			case 255:
				row[x/8] |= 0x80 >> (x % 8)
			default:
				return nil, false
			}
		}
		packed = append(packed, row...)
	}
	return packed, true
}
