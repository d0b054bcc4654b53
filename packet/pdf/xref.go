package pdf

import (
	"bytes"
	"errors"
	"fmt"
)

// entry is where one object is (7.5.8.3).
type entry struct {
	where int64 // its offset in the file, or the number of its object stream
	index int32 // its place within the object stream
	kind  entryKind
}

type entryKind byte

// The kinds of entry, by their numbers in a cross-reference stream.
const (
	free           entryKind = 0
	atOffset       entryKind = 1
	inObjectStream entryKind = 2
)

// ErrNoCatalog says that a file was closed without a catalog to find its pages by.
var ErrNoCatalog = errors.New("pdf: the catalog was never put")

// Close writes the objects still gathered, the cross-reference stream and the trailer. info is the document information
// dictionary or 0. The file's identifier (14.4) is derived from every byte before it. The underlying writer is left
// open.
func (w *Writer) Close(catalog, info Ref) error {
	if w.err == nil && (catalog <= 0 || int(catalog) >= len(w.entries) || w.entries[catalog].kind == free) {
		w.err = ErrNoCatalog
	}
	w.flushObjects()
	table := w.Alloc()
	start := w.offset
	w.entries[table] = entry{kind: atOffset, where: start}
	dict := Dict{
		"Type": Name("XRef"), "Root": catalog, "Size": Int(len(w.entries)), "ID": w.identifier(),
	}
	if info != 0 {
		dict["Info"] = info
	}
	rows, widths := w.crossReferences()
	columns := widths[0] + widths[1] + widths[2]
	dict["W"] = Array{Int(widths[0]), Int(widths[1]), Int(widths[2])}
	dict["Filter"] = Name("FlateDecode")
	dict["DecodeParms"] = Dict{"Columns": Int(columns), "Predictor": Int(12)}
	w.entries[table].kind = free // for PutStream to claim
	w.PutStream(table, dict, w.pack(predictUp(rows, columns)))
	w.write(fmt.Appendf(nil, "startxref\n%d\n%%%%EOF\n", start))
	return w.err
}

func (w *Writer) identifier() Array {
	id := Hex(w.digest.Sum(nil)[:16])
	return Array{id, id}
}

// crossReferences gives the table's rows with fields as narrow as the file allows.
func (w *Writer) crossReferences() (rows []byte, widths [3]int) {
	var largest int64
	var last int32
	for _, e := range w.entries {
		largest, last = max(largest, e.where), max(last, e.index)
	}
	widths = [3]int{1, byteWidth(largest), byteWidth(int64(last))}
	for _, e := range w.entries {
		rows = append(rows, byte(e.kind))
		rows = appendBigEndian(rows, e.where, widths[1])
		rows = appendBigEndian(rows, int64(e.index), widths[2])
	}
	return rows, widths
}

func byteWidth(v int64) int {
	width := 1
	for ; v > 0xff; v >>= 8 {
		width++
	}
	return width
}

func appendBigEndian(b []byte, v int64, width int) []byte {
	for shift := 8 * (width - 1); shift >= 0; shift -= 8 {
		b = append(b, byte(v>>shift))
	}
	return b
}

// predictUp gives rows with PNG's filter Up (7.4.4.4): neighbouring entries differ little, so what remains deflates well.
func predictUp(rows []byte, columns int) []byte {
	const up = 2
	out := bytes.NewBuffer(make([]byte, 0, len(rows)+len(rows)/columns))
	above := make([]byte, columns)
	for ; len(rows) >= columns; rows = rows[columns:] {
		out.WriteByte(up)
		for i, v := range rows[:columns] {
			out.WriteByte(v - above[i])
		}
		above = rows[:columns]
	}
	return out.Bytes()
}
