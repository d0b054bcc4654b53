package foreign

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// objectTable is a file's cross-reference table (7.5.4 and 7.5.8), that of its latest version.
type objectTable struct {
	entries map[int]objectPlace
	free    map[int]bool // numbers whose objects a later version has deleted
	trailer types.Dict
}

// objectPlace is where an object is: at an offset of the file, or in an object stream at an index.
type objectPlace struct {
	offset     int64
	generation int
	pack       int // the object stream's number, 0 for an object that stands by itself
	index      int
}

const (
	mostVersions = 1000      // of a file; each time it is saved may add one
	mostObjects  = 2_000_000 // of a file; those with more are for readers that bound what a table may take
	tailSize     = 1024      // a file's end, where it says where its table is
)

// readTable reads the table from the latest version's part back to the first one's.
func (r *strict) readTable() error {
	r.table = objectTable{entries: map[int]objectPlace{}, free: map[int]bool{}}
	head, err := r.window(0, len("%PDF-"))
	if err != nil || string(head) != "%PDF-" {
		return fmt.Errorf("%w: no header: %w", errOdd, err)
	}
	offset, err := r.startOfTable()
	seen := map[int64]bool{}
	for err == nil && offset > 0 {
		if seen[offset] || len(seen) == mostVersions {
			return fmt.Errorf("%w: the table never ends", errOdd)
		}
		seen[offset] = true
		offset, err = r.section(offset)
	}
	if err != nil {
		return err
	}
	if _, ok := r.table.trailer["Root"].(types.IndirectRef); !ok || r.table.trailer["Encrypt"] != nil {
		return fmt.Errorf("%w: no catalog, or encrypted", errOdd)
	}
	return nil
}

// startOfTable reads the offset that a file ends with.
func (r *strict) startOfTable() (int64, error) {
	tail, err := r.window(max(0, r.size-tailSize), tailSize)
	if err != nil {
		return 0, err
	}
	i := bytes.LastIndex(tail, []byte("startxref"))
	if i < 0 {
		return 0, fmt.Errorf("%w: no startxref", errOdd)
	}
	p := parser{scanner{tail[i+len("startxref"):]}}
	offset, ok := p.integer()
	if !ok || offset == 0 || int64(offset) >= r.size {
		return 0, fmt.Errorf("%w: startxref", errOdd)
	}
	return int64(offset), nil
}

// section reads one version's part of the table, and gives the offset of the one before, 0 for none.
func (r *strict) section(offset int64) (before int64, err error) {
	head, err := r.window(offset, len("xref"))
	if err != nil {
		return 0, err
	}
	var trailer types.Dict
	if string(head) == "xref" {
		trailer, err = r.plainSection(offset)
	} else {
		trailer, err = r.packedSection(offset)
	}
	if err != nil {
		return 0, err
	}
	if r.table.trailer == nil {
		r.table.trailer = trailer
	}
	switch previous := trailer["Prev"].(type) {
	case nil:
		return 0, nil
	case types.Integer:
		if previous > 0 && int64(previous) < r.size {
			return int64(previous), nil
		}
	}
	return 0, fmt.Errorf("%w: Prev", errOdd)
}

// note adds an object's place, unless a later version has said what became of it.
func (t *objectTable) note(number int, at objectPlace) error {
	if _, known := t.entries[number]; known || t.free[number] {
		return nil
	}
	if number > maxObjectNumber || len(t.entries) == mostObjects {
		return fmt.Errorf("%w: object %d", errOdd, number)
	}
	t.entries[number] = at
	return nil
}

func (t *objectTable) delete(number int) {
	if _, known := t.entries[number]; !known && len(t.free) < mostObjects {
		t.free[number] = true
	}
}

// rowSize is the length of a table's entry (7.5.4): ten digits, five digits, a letter, an end of line of two bytes.
const rowSize = 20

// plainSection reads a table of text and the trailer after it. What the table calls free may still be in a stream beside
// it, where programs hide from older readers what these could not read (7.5.8.4).
func (r *strict) plainSection(offset int64) (types.Dict, error) {
	var free []int
	trailer, err := r.parts(offset+int64(len("xref")), &free)
	if err != nil {
		return nil, err
	}
	switch beside := trailer["XRefStm"].(type) {
	case nil:
	case types.Integer:
		if _, err := r.packedSection(int64(beside)); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%w: XRefStm", errOdd)
	}
	for _, number := range free {
		r.table.delete(number)
	}
	return trailer, nil
}

// parts reads the parts of a table of text, and the trailer.
func (r *strict) parts(at int64, free *[]int) (types.Dict, error) {
	for {
		head, err := r.window(at, 64)
		if err != nil {
			return nil, err
		}
		p := parser{scanner{head}}
		if ahead := p; ahead.keyword("trailer") {
			return r.trailer(at + int64(len(head)-len(ahead.rest)))
		}
		first, ok := p.integer()
		count, has := p.integer()
		p.space()
		if !ok || !has || count > mostObjects || first > maxObjectNumber {
			return nil, fmt.Errorf("%w: a part of the table", errOdd)
		}
		at += int64(len(head) - len(p.rest))
		rows, err := r.window(at, count*rowSize)
		if err != nil {
			return nil, err
		}
		if len(rows) != count*rowSize {
			return nil, fmt.Errorf("%w: the table is cut off", errOdd)
		}
		if err := r.rows(first, rows, free); err != nil {
			return nil, err
		}
		at += int64(len(rows))
	}
}

func (r *strict) rows(first int, rows []byte, free *[]int) error {
	for number := first; len(rows) > 0; number, rows = number+1, rows[rowSize:] {
		offset, err := strconv.ParseInt(string(rows[:10]), 10, 64)
		generation, wrong := strconv.ParseUint(string(rows[11:16]), 10, 32) // programs write 65536 for what is never used again
		if err != nil || wrong != nil || rows[10] != ' ' || rows[16] != ' ' || !isSpace(rune(rows[18])) || !isSpace(rune(rows[19])) {
			return fmt.Errorf("%w: row %d of the table", errOdd, number)
		}
		switch rows[17] {
		case 'f':
			*free = append(*free, number)
		case 'n':
			if err := r.table.note(number, objectPlace{offset: offset, generation: int(generation)}); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%w: row %d of the table", errOdd, number)
		}
	}
	return nil
}

// trailer reads the dictionary after a table of text.
func (r *strict) trailer(offset int64) (types.Dict, error) {
	text, err := r.window(offset, windows[1])
	if err != nil {
		return nil, err
	}
	p := parser{scanner{text}}
	o, ok := p.value(0)
	d, isDict := o.(types.Dict)
	if !ok || !isDict {
		return nil, fmt.Errorf("%w: the trailer", errOdd)
	}
	return d, nil
}

// packedSection reads a cross-reference stream, whose dictionary is the trailer too.
func (r *strict) packedSection(offset int64) (types.Dict, error) {
	head, err := r.window(offset, 32)
	if err != nil {
		return nil, err
	}
	p := parser{scanner{head}}
	number, ok := p.integer()
	generation, has := p.integer()
	if !ok || !has {
		return nil, fmt.Errorf("%w: no table", errOdd)
	}
	o, err := r.indirect(number, objectPlace{offset: offset, generation: generation})
	if err != nil {
		return nil, err
	}
	d, ok := o.(types.StreamDict)
	if !ok || d.Dict["Type"] != types.Name("XRef") {
		return nil, fmt.Errorf("%w: no table", errOdd)
	}
	data, err := r.decode(d)
	if err != nil {
		return nil, err
	}
	return d.Dict, r.packedRows(d.Dict, data)
}

// packedRows reads the entries of a cross-reference stream (7.5.8.3).
func (r *strict) packedRows(d types.Dict, data []byte) error {
	widths, ok := integers(d["W"])
	size, has := d["Size"].(types.Integer)
	index, wasGiven := integers(d["Index"])
	if !wasGiven {
		index = []int{0, int(size)}
	}
	if !ok || !has || len(widths) != 3 || len(index)%2 != 0 || max(widths[0], widths[1], widths[2]) > 8 {
		return fmt.Errorf("%w: the table's widths", errOdd)
	}
	row := widths[0] + widths[1] + widths[2]
	for ; len(index) > 0; index = index[2:] {
		for number := index[0]; number < index[0]+index[1]; number++ {
			if row == 0 || len(data) < row {
				return fmt.Errorf("%w: the table is cut off", errOdd)
			}
			if err := r.packedRow(number, data[:row], widths); err != nil {
				return err
			}
			data = data[row:]
		}
	}
	return nil
}

func (r *strict) packedRow(number int, row []byte, widths []int) error {
	kind := 1 // where its width is 0
	if widths[0] > 0 {
		kind = bigEndian(row[:widths[0]])
	}
	second, third := bigEndian(row[widths[0]:widths[0]+widths[1]]), bigEndian(row[widths[0]+widths[1]:])
	switch kind {
	case 0:
		r.table.delete(number)
		return nil
	case 1:
		return r.table.note(number, objectPlace{offset: int64(second), generation: third})
	case 2:
		if second > 0 && third >= 0 {
			return r.table.note(number, objectPlace{pack: second, index: third})
		}
	}
	return fmt.Errorf("%w: row %d of the table", errOdd, number)
}

func bigEndian(b []byte) (v int) {
	for _, c := range b {
		v = v<<8 | int(c)
	}
	return v
}

// integers gives an array of numbers that are not negative, none greater than an object's number may be.
func integers(o types.Object) (list []int, ok bool) {
	a, ok := o.(types.Array)
	for _, element := range a {
		n, isInteger := element.(types.Integer)
		if !isInteger || n < 0 || n > maxObjectNumber {
			return nil, false
		}
		list = append(list, int(n))
	}
	return list, ok
}
