// Package pdf writes PDF 1.7 files, object by object, and nothing else: no reading, no layout, no clock.
//
// It stands under everything in a packet, imported pages and our own alike, so that one place knows how objects,
// cross-reference streams and object streams are laid down (PDF 32000-1, clause 7). A file is written in one pass:
//
//	w := pdf.NewWriter(out)
//	pages := w.Alloc()
//	page := w.Add(pdf.Dict{"Type": pdf.Name("Page"), "Parent": pages})
//	w.Put(pages, pdf.Dict{"Type": pdf.Name("Pages"), "Kids": pdf.Array{page}, "Count": pdf.Int(1)})
//	catalog := w.Add(pdf.Dict{"Type": pdf.Name("Catalog"), "Pages": pages})
//	err := w.Close(catalog, 0)
//
// A reference may be allocated long before its object is known, which is how a packet's contents page, first in the
// document, is written last. The same calls give the same bytes.
package pdf

import (
	"maps"
	"math"
	"slices"
	"strconv"
)

// Object is any value of PDF 32000-1, 7.3, except a stream. Append adds its serialised form to b, in the way of
// [strconv.AppendInt]; callers with values of their own (those of another PDF library) implement it and are written
// without a copy in between.
type Object interface {
	Append(b []byte) []byte
}

// Ref is a reference to an indirect object, by its number. Generations are always 0. The zero Ref refers to nothing.
type Ref int

// Append writes the reference, or null for the zero Ref.
func (r Ref) Append(b []byte) []byte {
	if r == 0 {
		return append(b, "null"...)
	}
	return append(strconv.AppendInt(b, int64(r), 10), " 0 R"...)
}

// Null is the null object (7.3.9).
type Null struct{}

// Append writes null.
func (Null) Append(b []byte) []byte { return append(b, "null"...) }

// Bool is true or false (7.3.2).
type Bool bool

// Append writes true or false.
func (v Bool) Append(b []byte) []byte { return strconv.AppendBool(b, bool(v)) }

// Int is an integer (7.3.3).
type Int int64

// Append writes the integer in decimal.
func (v Int) Append(b []byte) []byte { return strconv.AppendInt(b, int64(v), 10) }

// Real is a number, written with at most five decimals, which is finer than any device draws, and never with an exponent,
// which PDF does not know. What is no number is written as 0.
type Real float64

// Append writes the number in its shortest form.
func (v Real) Append(b []byte) []byte { return AppendReal(b, float64(v)) }

// AppendReal adds a number in the form of [Real], for content streams.
func AppendReal(b []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	start := len(b)
	b = strconv.AppendFloat(b, v, 'f', 5, 64)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	if b[len(b)-1] == '.' {
		b = b[:len(b)-1]
	}
	if string(b[start:]) == "-0" {
		b = append(b[:start], '0')
	}
	return b
}

// Name is a name object (7.3.5), without its slash and unescaped.
type Name string

// Append writes the name with its slash, escaping what is not a regular character.
func (n Name) Append(b []byte) []byte {
	b = append(b, '/')
	for i := range len(n) {
		if c := n[i]; c > ' ' && c < 0x7f && c != '#' && !isDelimiter(c) {
			b = append(b, c)
		} else {
			b = append(b, '#', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return b
}

// Array is an array object (7.3.6). A nil element is written as null.
type Array []Object

// Append writes the elements in order.
func (a Array) Append(b []byte) []byte {
	b = append(b, '[')
	for i, o := range a {
		if i > 0 {
			b = append(b, ' ')
		}
		b = appendValue(b, o)
	}
	return append(b, ']')
}

// Dict is a dictionary object (7.3.7). It is written in the order of its keys; entries that are nil are left out.
type Dict map[Name]Object

// Append writes the entries by key.
func (d Dict) Append(b []byte) []byte {
	b = append(b, "<<"...)
	for _, key := range slices.Sorted(maps.Keys(d)) {
		if d[key] == nil {
			continue
		}
		b = key.Append(b)
		b = append(b, ' ')
		b = d[key].Append(b)
	}
	return append(b, ">>"...)
}

// Raw is an object that is serialised already. A dictionary must end in >> without anything after it.
type Raw []byte

// Append adds the bytes as they are.
func (r Raw) Append(b []byte) []byte { return append(b, r...) }

// Rect is a rectangle (7.9.5): left, bottom, right, top.
type Rect [4]float64

// Append writes the rectangle as an array of four numbers.
func (r Rect) Append(b []byte) []byte {
	b = append(b, '[')
	for i, v := range r {
		if i > 0 {
			b = append(b, ' ')
		}
		b = AppendReal(b, v)
	}
	return append(b, ']')
}

func appendValue(b []byte, o Object) []byte {
	if o == nil {
		return Null{}.Append(b)
	}
	return o.Append(b)
}

const hexDigits = "0123456789ABCDEF"

func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}
