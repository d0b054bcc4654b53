package foreign

import (
	"fmt"
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/ejmx/ejmx/packet/piece"
)

// maxObjectNumber is the highest object number that is believed: the highest of PDF 32000-1, annex C.2.
const maxObjectNumber = 8_388_607

// maxDecoded is the most that one compressed stream may unpack to while a file's structure is read.
const maxDecoded = 64 << 20

// source is a PDF file whose objects can be asked for.
type source struct {
	reader
	odd    oddities
	redraw bool // whether form fields are to look as a viewer draws them, rather than as the file says
	unseen bool // whether a form field says something and has no look
}

// reader gives the objects of a file's latest version. There are two: [strict] for files that are as the standard has
// them, and [lenient] for the others.
type reader interface {
	// root gives the trailer's Root, nil where there is none.
	root() types.Object
	// object gives the object of a number, nil where there is none.
	object(number int) types.Object
	// put adds a stream's data, as it is encoded but decrypted, to an object of a piece.
	put(out *piece.Object, d types.StreamDict)
}

// oddities is what was found in a file that a sound file does not have, each kind once. A file without any was read as its
// own cross-reference table describes it.
type oddities []string

func (o *oddities) note(format string, arguments ...any) {
	if text := fmt.Sprintf(format, arguments...); !slices.Contains(*o, text) && len(*o) < 100 {
		*o = append(*o, text)
	}
}

// resolve follows references to an object that is none, or nil for null and for what is not there.
func (s *source) resolve(o types.Object) types.Object {
	for range 32 {
		ref, ok := o.(types.IndirectRef)
		if !ok {
			return o
		}
		o = s.object(ref.ObjectNumber.Value())
	}
	s.odd.note("a reference leads to references only")
	return nil
}

// dict gives o as a dictionary, that of a stream included, nil if it is none.
func (s *source) dict(o types.Object) types.Dict {
	switch o := s.resolve(o).(type) {
	case types.Dict:
		return o
	case types.StreamDict:
		return o.Dict
	}
	return nil
}

// array gives o as an array, nil if it is none.
func (s *source) array(o types.Object) types.Array {
	a, _ := s.resolve(o).(types.Array)
	return a
}

// name gives o as a name without its slash, "" if it is none.
func (s *source) name(o types.Object) string {
	n, _ := s.resolve(o).(types.Name)
	return string(n)
}

// number gives o as a number.
func (s *source) number(o types.Object) (float64, bool) {
	switch o := s.resolve(o).(type) {
	case types.Integer:
		return float64(o), true
	case types.Float:
		return float64(o), true
	}
	return 0, false
}

// text gives a text string (7.9.2.2) as UTF-8.
func (s *source) text(o types.Object) string {
	var text string
	var err error
	switch o := s.resolve(o).(type) {
	case types.StringLiteral:
		text, err = types.StringLiteralToString(o)
	case types.HexLiteral:
		text, err = types.HexLiteralToString(o)
	}
	if err != nil {
		return string(s.bytes(o))
	}
	return text
}

// bytes gives a string object's bytes.
func (s *source) bytes(o types.Object) []byte {
	var b []byte
	var err error
	switch o := s.resolve(o).(type) {
	case types.StringLiteral:
		b, err = types.Unescape(string(o))
	case types.HexLiteral:
		b, err = o.Bytes()
	}
	if err != nil {
		s.odd.note("a string is damaged")
	}
	return b
}
