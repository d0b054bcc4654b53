package foreign

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/tiff"

	"github.com/ejmx/ejmx/packet/pdf"
	"github.com/ejmx/ejmx/packet/piece"
	"github.com/ejmx/ejmx/packet/typeset"
)

// maxPixels is how many a picture has at most: more than any camera or scanner sends.
const maxPixels = 60 << 20

// pictured makes pages of an image file.
func (w *worker) pictured(job Job, d *document) (*piece.Piece, error) {
	document, err := d.bytes(1)
	if err != nil {
		return nil, err
	}
	return pictured(document, job.Limits.Pages)
}

// pictured makes pages of an image file: one, or as many as a TIFF file has.
func pictured(document []byte, most int) (*piece.Piece, error) {
	p := &piece.Piece{}
	var err error
	switch {
	case bytes.HasPrefix(document, []byte("\xff\xd8")):
		err = addJPEG(p, document)
	case bytes.HasPrefix(document, []byte("\x89PNG")):
		err = addPNG(p, document)
	case bytes.HasPrefix(document, []byte("GIF8")):
		err = addDecoded(p, document, gif.DecodeConfig, gif.Decode, 1)
	default:
		err = addTIFF(p, document, most)
	}
	var failure *Failure
	if err != nil && !errors.As(err, &failure) {
		err = &Failure{BadImage, err.Error()}
	}
	return p, err
}

func bounded(width, height int) error {
	if width <= 0 || height <= 0 || width > maxPixels/height {
		return &Failure{BigImage, ""}
	}
	return nil
}

// upright gives the page for a picture that is to be turned as EXIF says (1 is upright, 6 a quarter clockwise): a sheet of
// A4 the way that suits it, the picture in its middle, as large as fits but not larger than a point a pixel.
func upright(width, height, orientation int) sheet {
	w, h := float64(width), float64(height)
	if orientation >= 5 {
		w, h = h, w
	}
	page := sheet{width: typeset.A4Width, height: typeset.A4Height}
	if w > h {
		page.width, page.height = page.height, page.width
	}
	scale := min(page.width/w, page.height/h, 1)
	w, h = w*scale, h*scale
	x, y := (page.width-w)/2, (page.height-h)/2
	m, ok := turns[orientation]
	if !ok {
		m = turns[1]
	}
	page.matrix = pdf.Array{
		pdf.Real(m[0] * w), pdf.Real(m[1] * h), pdf.Real(m[2] * w), pdf.Real(m[3] * h), pdf.Real(x + m[4]*w), pdf.Real(y + m[5]*h),
	}
	return page
}

// turns are what EXIF's orientations do to the unit square that PDF draws pictures in.
var turns = map[int][6]float64{
	1: {1, 0, 0, 1, 0, 0}, 2: {-1, 0, 0, 1, 1, 0}, 3: {-1, 0, 0, -1, 1, 1}, 4: {1, 0, 0, -1, 0, 1},
	5: {0, -1, -1, 0, 1, 1}, 6: {0, -1, 1, 0, 0, 1}, 7: {0, 1, 1, 0, 0, 0}, 8: {0, 1, -1, 0, 1, 0},
}

// addJPEG adds a page for a JPEG file, whose data stays as it is.
func addJPEG(p *piece.Piece, document []byte) error {
	info, err := readJPEG(document)
	if err != nil {
		return err
	}
	if err := bounded(info.width, info.height); err != nil {
		return err
	}
	if _, err := jpeg.Decode(bytes.NewReader(document)); err != nil && !errors.As(err, new(jpeg.UnsupportedError)) {
		return err
	}
	d := pdf.Dict{
		"Width": pdf.Int(info.width), "Height": pdf.Int(info.height), "ColorSpace": spaces[info.colours],
		"BitsPerComponent": pdf.Int(8), "Filter": pdf.Name("DCTDecode"),
	}
	if info.colours == 4 && info.adobe { // Adobe's programs write them inverted
		d["Decode"] = pdf.Array{pdf.Int(1), pdf.Int(0), pdf.Int(1), pdf.Int(0), pdf.Int(1), pdf.Int(0), pdf.Int(1), pdf.Int(0)}
	}
	addPicture(p, d, document, upright(info.width, info.height, info.orientation))
	return nil
}

// jpegInfo is what a JPEG file's markers say.
type jpegInfo struct {
	width, height, colours, orientation int
	adobe                               bool
}

// readJPEG reads the segments before the picture's data (ITU-T T.81, annex B).
func readJPEG(b []byte) (info jpegInfo, err error) {
	info.orientation = 1
	for b = b[2:]; len(b) >= 4; {
		if b[0] != 0xff {
			return info, errors.New("a marker is missing")
		}
		marker := b[1]
		if marker == 0xff || (marker >= 0xd0 && marker <= 0xd7) || marker == 0x01 {
			b = b[1:]
			if marker != 0xff {
				b = b[1:]
			}
			continue
		}
		size := int(binary.BigEndian.Uint16(b[2:])) + 2
		if size < 4 || size > len(b) {
			return info, errors.New("a segment is cut off")
		}
		segment := b[4:size]
		b = b[size:]
		switch {
		case marker == 0xe1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")):
			info.orientation = exifOrientation(segment[6:])
		case marker == 0xee && bytes.HasPrefix(segment, []byte("Adobe")):
			info.adobe = true
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			if len(segment) < 6 {
				return info, errors.New("the frame header is cut off")
			}
			info.height, info.width = int(binary.BigEndian.Uint16(segment[1:])), int(binary.BigEndian.Uint16(segment[3:]))
			info.colours = int(segment[5])
		case marker == 0xda:
			if spaces[info.colours] == nil {
				return info, errors.New("the number of colours is none that is known")
			}
			return info, nil
		}
	}
	return info, errors.New("there is no picture in it")
}

// exifOrientation reads the orientation out of an EXIF block, which is built as TIFF files are.
func exifOrientation(b []byte) int {
	order, first, ok := tiffHeader(b)
	if !ok {
		return 1
	}
	if v, ok := directory(b, order, first)[0x112]; ok && v >= 1 && v <= 8 {
		return v
	}
	return 1
}

// tiffHeader gives the byte order and the offset of the first directory.
func tiffHeader(b []byte) (order binary.ByteOrder, first int, ok bool) {
	switch {
	case len(b) < 8:
		return nil, 0, false
	case b[0] == 'I':
		order = binary.LittleEndian
	default:
		order = binary.BigEndian
	}
	return order, int(order.Uint32(b[4:])), true
}

// directory reads the entries of an image file directory that are a single short number, and as entry 0 the offset of the
// next directory.
func directory(b []byte, order binary.ByteOrder, at int) map[int]int {
	entries := map[int]int{}
	if at < 8 || at+2 > len(b) {
		return entries
	}
	n := int(order.Uint16(b[at:]))
	end := at + 2 + 12*n
	if end > len(b) {
		return entries
	}
	for i := range n {
		e := b[at+2+12*i:]
		if order.Uint16(e[2:]) == 3 && order.Uint32(e[4:]) == 1 {
			entries[int(order.Uint16(e))] = int(order.Uint16(e[8:]))
		}
	}
	if end+4 <= len(b) {
		entries[0] = int(order.Uint32(b[end:]))
	}
	return entries
}

// addTIFF adds a page for each picture of a TIFF file, as scanners write them.
func addTIFF(p *piece.Piece, document []byte, most int) error {
	order, at, ok := tiffHeader(document)
	if !ok {
		return errors.New("the header is cut off")
	}
	document = bytes.Clone(document)
	for seen := map[int]bool{}; at != 0 && !seen[at]; {
		if len(seen) == most {
			return &Failure{ManyPages, ""}
		}
		seen[at] = true
		order.PutUint32(document[4:], uint32(at)) // the decoder reads the picture that the header leads to
		entries := directory(document, order, at)
		orientation := max(entries[0x112], 1)
		if err := addDecoded(p, document, tiff.DecodeConfig, tiff.Decode, orientation); err != nil {
			return err
		}
		at = entries[0]
	}
	return nil
}

// addPNG adds a page for a PNG file. Its data stays as it is where PDF has the same: no interlacing, no transparency.
func addPNG(p *piece.Piece, document []byte) error {
	config, err := png.DecodeConfig(bytes.NewReader(document))
	if err != nil {
		return err
	}
	if err := bounded(config.Width, config.Height); err != nil {
		return err
	}
	picture, err := png.Decode(bytes.NewReader(document))
	if err != nil {
		return err
	}
	d, data, ok := pngStream(document)
	if !ok {
		return addImage(p, picture, 1)
	}
	addPicture(p, d, data, upright(config.Width, config.Height, 1))
	return nil
}

// pngStream gives the data of a PNG file that was decoded without a fault (ISO 15948), if PDF can show it so.
func pngStream(document []byte) (d pdf.Dict, data []byte, ok bool) {
	var palette []byte
	var header []byte
	for b := document[8:]; len(b) >= 12; {
		size := int(binary.BigEndian.Uint32(b))
		if size < 0 || size > len(b)-12 {
			return nil, nil, false
		}
		body := b[8 : 8+size]
		switch string(b[4:8]) {
		case "IHDR":
			header = body
		case "PLTE":
			palette = body
		case "tRNS":
			return nil, nil, false
		case "IDAT":
			data = append(data, body...)
		}
		b = b[12+size:]
	}
	if len(header) < 13 || header[12] != 0 {
		return nil, nil, false
	}
	colours := 1
	var space pdf.Object
	switch header[9] {
	case 0:
		space = spaces[1]
	case 2:
		colours, space = 3, spaces[3]
	case 3:
		space = pdf.Array{pdf.Name("Indexed"), spaces[3], pdf.Int(len(palette)/3 - 1), pdf.String(palette)}
	default:
		return nil, nil, false
	}
	width := int(binary.BigEndian.Uint32(header))
	return pdf.Dict{
		"Width": pdf.Int(width), "Height": pdf.Int(binary.BigEndian.Uint32(header[4:])), "ColorSpace": space,
		"BitsPerComponent": pdf.Int(header[8]), "Filter": pdf.Name("FlateDecode"),
		"DecodeParms": predicted(colours, int(header[8]), width),
	}, data, true
}

// addDecoded adds a page for a picture in a format that PDF does not have.
func addDecoded(
	p *piece.Piece, document []byte, measure func(r io.Reader) (image.Config, error), decode func(r io.Reader) (image.Image, error),
	orientation int,
) error {
	config, err := measure(bytes.NewReader(document))
	if err != nil {
		return err
	}
	if err := bounded(config.Width, config.Height); err != nil {
		return err
	}
	picture, err := decode(bytes.NewReader(document))
	if err != nil {
		return err
	}
	return addImage(p, picture, orientation)
}
