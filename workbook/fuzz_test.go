package workbook

import (
	"bytes"
	"io"
	"testing"
)

// Whatever lies where the workbook should be, reading it gives an error or something that can be carried over.
func FuzzReadTyped(f *testing.F) {
	p := madeUp(3, 1)
	whole := write(f, p, Options{})
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		typed, err := ReadTyped(bytes.NewReader(data))
		if err != nil {
			return
		}
		if err := Write(io.Discard, p, Options{Typed: typed}); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}

func FuzzReadMarks(f *testing.F) {
	f.Add([]byte(`{"format":"ejmx marks","version":1,"reviewer":"Cyd","marks":{"620003":{"stars":3,"tags":["x"],"notes":"yes"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		opinions, err := ReadMarks(bytes.NewReader(data), "me")
		if err != nil {
			return
		}
		if m := Merge(opinions); len(m.Candidates) > len(opinions) {
			t.Errorf("%d opinions are of %d candidates", len(opinions), len(m.Candidates))
		}
	})
}
