package foreign

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/log"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"github.com/ejmx/ejmx/packet/piece"
)

// lenient reads a PDF file that may be encrypted, or not as it should be: with pdfcpu, which repairs what it can. It notes
// what is odd.
type lenient struct {
	file   []byte
	ctx    *model.Context
	odd    *oddities
	seen   map[int]bool // objects that were looked at
	packed map[int]packedObjects
}

// lenientCopies is how many times a file's length reading it takes: pdfcpu copies every stream.
const lenientCopies = 2

// readLenient reads a PDF file. No password is tried but the empty one.
func readLenient(ctx context.Context, file []byte) (s *source, err error) {
	if err := refuseHugeNumbers(file); err != nil {
		return nil, err
	}
	s = &source{}
	r := &lenient{file: file, odd: &s.odd, seen: map[int]bool{}, packed: map[int]packedObjects{}}
	s.reader = r
	log.SetCLILogger(&repairs{&s.odd})
	defer log.SetCLILogger(nil)
	defer func() {
		if r := recover(); r != nil {
			err = &Failure{Damaged, fmt.Sprintf("the parser panicked: %v", r)}
		}
	}()
	if r.ctx, err = pdfcpu.ReadWithContext(ctx, bytes.NewReader(file), configuration(len(file))); err != nil {
		return nil, readFailure(err)
	}
	if r.ctx.MaxObjNr > maxObjectNumber {
		return nil, &Failure{Damaged, fmt.Sprintf("object number %d", r.ctx.MaxObjNr)}
	}
	return s, nil
}

func (r *lenient) root() types.Object {
	if r.ctx.Root == nil {
		return nil
	}
	return *r.ctx.Root
}

// object gives the object of a number, nil where there is none.
func (r *lenient) object(number int) types.Object {
	entry, ok := r.ctx.Find(number)
	if !ok || entry.Free {
		return nil
	}
	o, err := r.ctx.Dereference(*types.NewIndirectRef(number, 0))
	if err != nil {
		r.odd.note("object %d cannot be read", number)
		return nil
	}
	r.audit(number, entry)
	if o == nil && entry.Offset != nil && *entry.Offset != 0 {
		r.odd.note("object %d is empty", number)
	}
	switch o := o.(type) {
	case types.ObjectStreamDict:
		return o.StreamDict
	case types.XRefStreamDict:
		return o.StreamDict
	}
	return o
}

// audit looks, once, whether an object is written as it should be and where the file says it is.
func (r *lenient) audit(number int, entry *model.XRefTableEntry) {
	if r.seen[number] {
		return
	}
	r.seen[number] = true
	switch {
	case entry.ObjectStream != nil:
		if entry.ObjectStreamInd != nil && !r.soundMember(*entry.ObjectStream, *entry.ObjectStreamInd) {
			r.odd.note("object %d is not well written", number)
		}
	case entry.Offset != nil && *entry.Offset > 0 && *entry.Offset < int64(len(r.file)):
		if !soundObject(r.file[*entry.Offset:], number) {
			r.odd.note("object %d is not well written", number)
		}
	}
}

// soundMember reports whether an object of an object stream is well written.
func (r *lenient) soundMember(stream, index int) bool {
	content, ok := r.packed[stream]
	if !ok {
		if entry, found := r.ctx.Table[stream]; found {
			if packed, is := entry.Object.(types.ObjectStreamDict); is && packed.DecodeWithLimit(maxDecoded) == nil {
				content = packedObjects{packed.Content, packed.FirstObjOffset, nil}
				content.index = bytes.Fields(content.text[:min(len(content.text), content.first)])
			}
		}
		r.packed[stream] = content
	}
	if index < 0 || 2*index+1 >= len(content.index) {
		return false
	}
	offset, err := strconv.Atoi(string(content.index[2*index+1]))
	at := content.first + offset
	return err == nil && at >= 0 && at < len(content.text) && soundValue(content.text[at:])
}

// packedObjects is what an object stream holds: the objects' numbers and offsets, and from first on the objects.
type packedObjects struct {
	text  []byte
	first int
	index [][]byte
}

func (r *lenient) put(out *piece.Object, d types.StreamDict) { out.Data = r.data(d) }

// data gives a stream's bytes as they are encoded. Where the length that the file gives does not lead to the end of the
// stream, the end is looked for.
func (r *lenient) data(d types.StreamDict) []byte {
	start := int(d.StreamOffset)
	if start <= 0 || start > len(r.file) || r.ctx.EncKey != nil {
		return d.Raw
	}
	end := start + len(d.Raw)
	if end <= len(r.file) && endsHere(r.file[end:]) {
		return d.Raw
	}
	r.odd.note("a stream's length is wrong")
	n := bytes.Index(r.file[start:], []byte("endstream"))
	if n < 0 {
		return d.Raw
	}
	data := r.file[start : start+n]
	data = bytes.TrimSuffix(data, []byte("\n"))
	return bytes.TrimSuffix(data, []byte("\r"))
}

func endsHere(rest []byte) bool {
	rest = bytes.TrimLeft(rest[:min(len(rest), 20)], "\r\n \t\x00")
	return bytes.HasPrefix(rest, []byte("endstream"))
}

// configuration lets pdfcpu repair what it can, and bounds what a file can make it allocate: no stream is longer than the
// file that holds it.
func configuration(size int) *model.Configuration {
	model.ConfigPath = "disable" // else pdfcpu writes to the user's configuration folder
	c := model.NewDefaultConfiguration()
	c.Cmd = model.OPTIMIZE // the command that is let into files that need no password
	c.ValidationMode = model.ValidationRelaxed
	c.Offline = true
	c.Limits.MaxStreamBytes = int64(size)
	c.Limits.MaxDecodeBytes = maxDecoded
	c.Limits.MaxObjectCount = maxObjectNumber
	c.Limits.MaxXRefEntries = maxObjectNumber
	return c
}

func readFailure(err error) error {
	switch {
	case strings.Contains(err.Error(), "Adobe.PubSec"):
		return &Failure{Certificate, err.Error()}
	case strings.Contains(err.Error(), "limit exceeded"):
		return &Failure{Large, err.Error()}
	case errors.Is(err, pdfcpu.ErrWrongPassword):
		return &Failure{Password, err.Error()}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Failure{Slow, err.Error()}
	}
	return &Failure{Damaged, err.Error()}
}

// refuseHugeNumbers looks for object numbers that make pdfcpu allocate a table of gigabytes, before it sees the file: those
// that objects have, and those that trailers count up to.
func refuseHugeNumbers(file []byte) error {
	for rest := file; ; {
		i := bytes.Index(rest, []byte("/Size"))
		if i < 0 {
			break
		}
		rest = rest[i+len("/Size"):]
		after := scanner{rest[:min(len(rest), 40)]}
		if err := refuseHuge(after.word()); err != nil {
			return err
		}
	}
	for rest := file; ; {
		i := bytes.Index(rest, []byte(" obj"))
		if i < 0 {
			return nil
		}
		words := bytes.Fields(rest[max(0, i-40):i])
		if n := len(words); n > 1 {
			if err := refuseHuge(string(words[n-2])); err != nil {
				return err
			}
		}
		rest = rest[i+len(" obj"):]
	}
}

// refuseHuge refuses a word that is a number beyond what is believed.
func refuseHuge(word string) error {
	if len(word) == 0 || strings.Trim(word, "0123456789") != "" {
		return nil
	}
	if n, err := strconv.Atoi(word); err != nil || n > maxObjectNumber {
		return &Failure{Damaged, "object number " + word}
	}
	return nil
}

// repairs is pdfcpu's log, from which one learns what it had to repair or to leave out.
type repairs struct{ odd *oddities }

// harmless are repairs that leave no doubt about what the file's objects are: a wrong count of them, the missing head of the
// list of free ones, the short names of filters.
var harmless = []string{"repaired: trailer size", "repaired: obj#0", "repaired: stream filter"}

func (r *repairs) note(text string) {
	if !slices.ContainsFunc(harmless, func(s string) bool { return strings.Contains(text, s) }) {
		r.odd.note("%.80s", text)
	}
}

func (r *repairs) Printf(format string, arguments ...any) { r.note(fmt.Sprintf(format, arguments...)) }
func (r *repairs) Println(arguments ...any)               { r.note(fmt.Sprint(arguments...)) }
func (r *repairs) Fatalf(format string, arguments ...any) { panic(fmt.Sprintf(format, arguments...)) }
func (r *repairs) Fatalln(arguments ...any)               { panic(fmt.Sprint(arguments...)) }
