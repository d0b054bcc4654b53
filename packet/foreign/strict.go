package foreign

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/ejmx/ejmx/packet/piece"
)

// strict reads a PDF file that is written just as the standard has it, object by object as they are asked for. Most files
// are. It never guesses: whatever it does not find where and as the file says is noted as odd, and the file is for readers
// that repair. Streams stay in the document; what is told of them is where they lie.
type strict struct {
	*document
	odd     *oddities
	table   objectTable
	known   map[int]types.Object
	packs   map[int]*pack
	pending map[int]bool // objects that are being read, against circles
}

// readStrict reads a file's cross-reference table.
func readStrict(d *document) (*source, error) {
	s := &source{}
	r := &strict{
		document: d, odd: &s.odd, known: map[int]types.Object{}, packs: map[int]*pack{}, pending: map[int]bool{},
	}
	if err := r.readTable(); err != nil {
		return nil, err
	}
	s.reader = r
	return s, nil
}

// errOdd says that a file is not written as the standard has it.
var errOdd = errors.New("not as the standard has it")

func (r *strict) root() types.Object { return r.table.trailer["Root"] }

// object gives an object, nil where the file has none of the number.
func (r *strict) object(number int) types.Object {
	if o, ok := r.known[number]; ok {
		return o
	}
	at, ok := r.table.entries[number]
	if !ok {
		return nil
	}
	if r.pending[number] {
		r.odd.note("object %d refers to itself", number)
		return nil
	}
	r.pending[number] = true
	defer delete(r.pending, number)
	var o types.Object
	var err error
	if at.pack != 0 {
		o, err = r.member(number, at)
	} else {
		o, err = r.indirect(number, at)
	}
	if err != nil {
		r.odd.note("object %d: %v", number, err)
		o = nil
	}
	r.known[number] = o
	return o
}

// windows are how much of a file is read for an object that is not in memory, until it is whole.
var windows = []int{8 << 10, 256 << 10, 8 << 20, 64 << 20}

// indirect reads an object that stands by itself.
func (r *strict) indirect(number int, at objectPlace) (o types.Object, err error) {
	for _, n := range windows {
		text, err := r.window(at.offset, n)
		if err != nil {
			return nil, err
		}
		if o, ok := r.parse(text, number, at); ok {
			return o, nil
		}
		if r.whole != nil || at.offset+int64(n) >= r.size {
			break
		}
	}
	return nil, errOdd
}

// parse reads an object from a text that begins with it and may end within it.
func (r *strict) parse(text []byte, number int, at objectPlace) (types.Object, bool) {
	p := parser{scanner{text}}
	if n, ok := p.integer(); !ok || n != number {
		return nil, false
	}
	if generation, ok := p.integer(); !ok || generation != at.generation || !p.keyword("obj") {
		return nil, false
	}
	o, ok := p.value(0)
	if !ok {
		return nil, false
	}
	p.space()
	switch string(p.regular()) {
	case "endobj":
		return o, true
	case "stream":
		d, ok := o.(types.Dict)
		if !ok || !p.skip("\r\n") && !p.skip("\n") {
			return nil, false
		}
		return r.stream(d, at.offset+int64(len(text)-len(p.rest)))
	}
	return nil, false
}

// stream makes sure that a stream ends where its dictionary says.
func (r *strict) stream(d types.Dict, start int64) (types.Object, bool) {
	length := d["Length"]
	if ref, ok := length.(types.IndirectRef); ok {
		length = r.object(ref.ObjectNumber.Value())
	}
	n, ok := length.(types.Integer)
	if !ok || n < 0 || int64(n) > r.size-start || !r.knowsFilters(d["Filter"]) {
		return nil, false
	}
	size := int64(n)
	after, err := r.window(start+size, 20)
	if err != nil || !endsHere(after) {
		return nil, false
	}
	return types.StreamDict{Dict: d, StreamOffset: start, StreamLength: &size}, true
}

// filters are the names of those that need no key (7.4), in full: short ones belong to images within page contents.
var filters = []types.Object{
	types.Name("ASCIIHexDecode"), types.Name("ASCII85Decode"), types.Name("LZWDecode"), types.Name("FlateDecode"),
	types.Name("RunLengthDecode"), types.Name("CCITTFaxDecode"), types.Name("JBIG2Decode"), types.Name("DCTDecode"), types.Name("JPXDecode"),
}

func (r *strict) knowsFilters(o types.Object) bool {
	switch o := o.(type) {
	case nil:
		return true
	case types.Name:
		return slices.Contains(filters, types.Object(o))
	case types.Array:
		return !slices.ContainsFunc(o, func(element types.Object) bool {
			_, isName := element.(types.Name)
			return !isName || !r.knowsFilters(element)
		})
	case types.IndirectRef:
		resolved := r.object(o.ObjectNumber.Value())
		_, again := resolved.(types.IndirectRef)
		return !again && r.knowsFilters(resolved)
	}
	return false
}

// put says where a stream's data is.
func (r *strict) put(out *piece.Object, d types.StreamDict) {
	out.At, out.Size = d.StreamOffset, *d.StreamLength
}

// pack is an object stream (7.5.7): the numbers and offsets of the objects in it, and their text.
type pack struct {
	numbers []int
	offsets []int
	text    []byte
}

// member reads an object of an object stream.
func (r *strict) member(number int, at objectPlace) (types.Object, error) {
	packed, ok := r.packs[at.pack]
	if !ok {
		var err error
		if packed, err = r.unpack(at.pack); err != nil {
			return nil, err
		}
		r.packs[at.pack] = packed
	}
	if at.index >= len(packed.numbers) || packed.numbers[at.index] != number || packed.offsets[at.index] > len(packed.text) {
		return nil, errOdd
	}
	p := parser{scanner{packed.text[packed.offsets[at.index]:]}}
	o, ok := p.value(0)
	if !ok {
		return nil, errOdd
	}
	return o, nil
}

// unpack reads an object stream. That it is one says the table that names what is in it: other readers do not look at its
// Type either, so one that is wrong loses nothing.
func (r *strict) unpack(number int) (*pack, error) {
	if r.table.entries[number].pack != 0 {
		return nil, errOdd // an object stream within another
	}
	d, ok := r.object(number).(types.StreamDict)
	if !ok {
		return nil, errOdd
	}
	count, hasCount := d.Dict["N"].(types.Integer)
	first, hasFirst := d.Dict["First"].(types.Integer)
	data, err := r.decode(d)
	if err != nil || !hasCount || !hasFirst || first < 0 || int(first) > len(data) {
		return nil, errors.Join(errOdd, err)
	}
	packed := &pack{text: data[first:]}
	p := parser{scanner{data[:first]}}
	for range count {
		n, ok := p.integer()
		offset, has := p.integer()
		if !ok || !has {
			return nil, errOdd
		}
		packed.numbers, packed.offsets = append(packed.numbers, n), append(packed.offsets, offset)
	}
	return packed, nil
}

// decode gives the plain data of a stream of the file's structure: as it is, or deflated, which is what programs write.
func (r *strict) decode(d types.StreamDict) ([]byte, error) {
	if *d.StreamLength > maxDecoded {
		return nil, fmt.Errorf("%w: a stream of %d bytes", errOdd, *d.StreamLength)
	}
	data, err := r.window(d.StreamOffset, int(*d.StreamLength))
	if err != nil {
		return nil, err
	}
	filter, parameters := d.Dict["Filter"], d.Dict["DecodeParms"]
	if list, ok := filter.(types.Array); ok && len(list) == 1 {
		filter = list[0]
		if list, ok := parameters.(types.Array); ok && len(list) == 1 {
			parameters = list[0]
		}
	}
	switch filter {
	case nil:
		return data, nil
	case types.Name("FlateDecode"):
	default:
		return nil, fmt.Errorf("%w: the filter %v", errOdd, filter)
	}
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(z, maxDecoded+1))
	if err != nil || len(plain) > maxDecoded {
		return nil, fmt.Errorf("%w: %d bytes: %w", errOdd, len(plain), err)
	}
	return unpredicted(plain, parameters)
}
