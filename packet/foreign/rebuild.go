package foreign

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/ejmx/ejmx/internal/lazy"
)

// rebuild gives a file with a cross-reference table made from the objects that are found in it, whatever its own table
// says, for files whose table leads astray (7.5.8). Of objects with one number the last is the file's latest version.
func rebuild(file []byte) ([]byte, error) {
	r := rebuilder{file: bytes.Clone(file), at: map[int]int{}}
	r.findObjects()
	r.unpack()
	root := r.findRoot()
	if root == "" {
		return nil, &Failure{Damaged, "no catalog is found in it"}
	}
	return r.write(root), nil
}

type rebuilder struct {
	file []byte
	at   map[int]int // offsets by number
	most int         // the highest number
}

var (
	objectStart = lazy.Pattern(`(?:^|[^0-9])([0-9]{1,7})[ \t\r\n\f\x00]+[0-9]{1,5}[ \t\r\n\f\x00]+obj\b`)
	objectKind  = lazy.Pattern(`/Type[ \t\r\n]*/(Catalog|Pages)\b`)
	rootEntry   = lazy.Pattern(`/Root[ \t\r\n]+([0-9]{1,7})[ \t\r\n]+[0-9]{1,5}[ \t\r\n]+R`)
	otherEntry  = lazy.Pattern(`/Encrypt[ \t\r\n]+[0-9]+[ \t\r\n]+[0-9]+[ \t\r\n]+R|/ID[ \t\r\n]*\[[^\]]{0,300}\]`)
	countEntry  = lazy.Pattern(`/N[ \t\r\n]+([0-9]{1,6})`)
	firstEntry  = lazy.Pattern(`/First[ \t\r\n]+([0-9]{1,8})`)
	parentEntry = lazy.Pattern(`/Parent\b`)
	streamStart = lazy.Pattern(`>>[ \t\r\n]*stream\r?\n`)
)

func (r *rebuilder) findObjects() {
	for _, match := range objectStart().FindAllSubmatchIndex(r.file, -1) {
		number, _ := strconv.Atoi(string(r.file[match[2]:match[3]])) // seven digits always are a number
		if number > 0 && number <= maxObjectNumber {
			r.at[number] = match[2]
			r.most = max(r.most, number)
		}
	}
}

// head gives the beginning of an object, up to its stream or its end.
func (r *rebuilder) head(number int) []byte {
	text := r.file[r.at[number]:]
	text = text[:min(len(text), 4096)]
	for _, end := range []string{"endobj", "stream"} {
		if i := bytes.Index(text, []byte(end)); i >= 0 {
			text = text[:i]
		}
	}
	return text
}

// numbers gives those of objects that say they are of a kind, in order.
func (r *rebuilder) numbers(kind string) (numbers []int) {
	for number := 1; number <= r.most; number++ {
		if _, ok := r.at[number]; !ok {
			continue
		}
		if m := objectKind().FindSubmatch(r.head(number)); m != nil && string(m[1]) == kind {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// unpack appends to the file what lies in object streams (7.5.7) and nowhere else, as objects of their own. An object
// stream is known by its entries, whatever type it says it has.
func (r *rebuilder) unpack() {
	for stream := 1; stream <= r.most; stream++ {
		if _, ok := r.at[stream]; !ok {
			continue
		}
		head := r.head(stream)
		count, first := countEntry().FindSubmatch(head), firstEntry().FindSubmatch(head)
		if count == nil || first == nil {
			continue
		}
		n, _ := strconv.Atoi(string(count[1]))
		offset, _ := strconv.Atoi(string(first[1]))
		r.members(r.contents(stream), n, offset)
	}
}

// members appends the objects of an object stream, whose first lies at an offset.
func (r *rebuilder) members(data []byte, count, first int) {
	if first > len(data) {
		return
	}
	words := bytes.Fields(data[:first])
	for i := 0; i < count && 2*i+1 < len(words); i++ {
		number, err := strconv.Atoi(string(words[2*i]))
		from, wrong := strconv.Atoi(string(words[2*i+1]))
		if _, known := r.at[number]; known || err != nil || wrong != nil || number < 1 || number > maxObjectNumber {
			continue
		}
		to := len(data)
		if 2*i+3 < len(words) {
			if next, err := strconv.Atoi(string(words[2*i+3])); err == nil {
				to = min(to, first+next)
			}
		}
		if from += first; from >= 0 && from < to {
			r.add(number, data[from:to])
		}
	}
}

// add appends an object to the file.
func (r *rebuilder) add(number int, text []byte) {
	r.file = append(r.file, '\n')
	r.at[number] = len(r.file)
	r.most = max(r.most, number)
	r.file = fmt.Appendf(r.file, "%d 0 obj\n%s\nendobj\n", number, text)
}

// contents gives the plain data of a stream, as much as can be unpacked of it.
func (r *rebuilder) contents(number int) []byte {
	text := r.file[r.at[number]:]
	start := streamStart().FindIndex(text)
	if start == nil {
		return nil
	}
	head, data := text[:start[1]], text[start[1]:]
	switch {
	case bytes.Contains(head, []byte("/FlateDecode")):
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil
		}
		data, _ = io.ReadAll(io.LimitReader(z, maxDecoded)) // what precedes an error is what there is
		return data
	case bytes.Contains(head, []byte("/Filter")):
		return nil
	}
	data, _, _ = bytes.Cut(data, []byte("endstream"))
	return data
}

// findRoot gives the entries of the trailer.
func (r *rebuilder) findRoot() string {
	root := 0
	if found := rootEntry().FindAllSubmatch(r.file, -1); found != nil {
		root, _ = strconv.Atoi(string(found[len(found)-1][1]))
	}
	if _, ok := r.at[root]; !ok {
		root = 0
		for _, number := range r.numbers("Catalog") {
			root = number
		}
	}
	if root == 0 {
		root = r.makeCatalog()
	}
	if root == 0 {
		return ""
	}
	var entries strings.Builder
	fmt.Fprintf(&entries, "/Root %d 0 R", root)
	seen := map[byte]bool{}
	found := otherEntry().FindAll(r.file, -1)
	for _, f := range slices.Backward(found) {
		if kind := f[1]; !seen[kind] {
			seen[kind] = true
			entries.Write(f)
		}
	}
	return entries.String()
}

// makeCatalog adds a catalog for a page tree that has lost it.
func (r *rebuilder) makeCatalog() int {
	for _, number := range r.numbers("Pages") {
		if !parentEntry().Match(r.head(number)) {
			r.add(r.most+1, fmt.Appendf(nil, "<</Type/Catalog/Pages %d 0 R>>", number))
			return r.most
		}
	}
	return 0
}

// write adds a cross-reference stream to the file.
func (r *rebuilder) write(entries string) []byte {
	out := append(r.file, '\n')
	start := len(out)
	table := r.most + 1
	r.at[table] = start
	rows := make([]byte, 0, 5*(table+1))
	for number := range table + 1 {
		at, known := r.at[number]
		kind := byte(0)
		if known {
			kind = 1
		}
		rows = append(rows, kind, byte(at>>24), byte(at>>16), byte(at>>8), byte(at))
	}
	out = fmt.Appendf(out, "%d 0 obj\n<</Type/XRef/Size %d/W[1 4 0]%s/Length %d>>\nstream\n", table, table+1, entries, len(rows))
	out = append(out, rows...)
	return fmt.Appendf(out, "\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n", start)
}
