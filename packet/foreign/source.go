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
)

// maxObjectNumber is the highest object number that is believed: the highest of PDF 32000-1, annex C.2.
const maxObjectNumber = 8_388_607

// maxDecoded is the most that one compressed stream may unpack to while a file's structure is read.
const maxDecoded = 64 << 20

// source is a PDF file that has been read: the objects of its latest version, streams as they were encoded but decrypted.
type source struct {
	file   []byte
	ctx    *model.Context
	odd    oddities
	seen   map[int]bool // objects that were looked at
	packed map[int]packedObjects
	redraw bool // whether form fields are to look as a viewer draws them, rather than as the file says
	unseen bool // whether a form field says something and has no look
}

// oddities is what was found in a file that a sound file does not have, each kind once. A file without any was read as its
// own cross-reference table describes it.
type oddities []string

func (o *oddities) note(format string, arguments ...any) {
	if text := fmt.Sprintf(format, arguments...); !slices.Contains(*o, text) && len(*o) < 100 {
		*o = append(*o, text)
	}
}

// readSource reads a PDF file. No password is tried but the empty one.
func readSource(ctx context.Context, file []byte) (s *source, err error) {
	if err := refuseHugeNumbers(file); err != nil {
		return nil, err
	}
	s = &source{file: file, seen: map[int]bool{}, packed: map[int]packedObjects{}}
	log.SetCLILogger(&repairs{&s.odd})
	defer log.SetCLILogger(nil)
	defer func() {
		if r := recover(); r != nil {
			err = &Failure{Damaged, fmt.Sprintf("the parser panicked: %v", r)}
		}
	}()
	if s.ctx, err = pdfcpu.ReadWithContext(ctx, bytes.NewReader(file), configuration(len(file))); err != nil {
		return nil, readFailure(err)
	}
	if s.ctx.MaxObjNr > maxObjectNumber {
		return nil, &Failure{Damaged, fmt.Sprintf("object number %d", s.ctx.MaxObjNr)}
	}
	return s, nil
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

// object gives the object of a number, nil where there is none.
func (s *source) object(number int) types.Object {
	entry, ok := s.ctx.Find(number)
	if !ok || entry.Free {
		return nil
	}
	o, err := s.ctx.Dereference(*types.NewIndirectRef(number, 0))
	if err != nil {
		s.odd.note("object %d cannot be read", number)
		return nil
	}
	s.audit(number, entry)
	if o == nil && entry.Offset != nil && *entry.Offset != 0 {
		s.odd.note("object %d is empty", number)
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
func (s *source) audit(number int, entry *model.XRefTableEntry) {
	if s.seen[number] {
		return
	}
	s.seen[number] = true
	switch {
	case entry.ObjectStream != nil:
		if entry.ObjectStreamInd != nil && !s.soundMember(*entry.ObjectStream, *entry.ObjectStreamInd) {
			s.odd.note("object %d is not well written", number)
		}
	case entry.Offset != nil && *entry.Offset > 0 && *entry.Offset < int64(len(s.file)):
		if !soundObject(s.file[*entry.Offset:], number) {
			s.odd.note("object %d is not well written", number)
		}
	}
}

// soundMember reports whether an object of an object stream is well written.
func (s *source) soundMember(stream, index int) bool {
	content, ok := s.packed[stream]
	if !ok {
		if entry, found := s.ctx.Table[stream]; found {
			if packed, is := entry.Object.(types.ObjectStreamDict); is && packed.DecodeWithLimit(maxDecoded) == nil {
				content = packedObjects{packed.Content, packed.FirstObjOffset, nil}
				content.index = bytes.Fields(content.text[:min(len(content.text), content.first)])
			}
		}
		s.packed[stream] = content
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

// data gives a stream's bytes as they are encoded. Where the length that the file gives does not lead to the end of the
// stream, the end is looked for.
func (s *source) data(d types.StreamDict) []byte {
	start := int(d.StreamOffset)
	if start <= 0 || start > len(s.file) || s.ctx.EncKey != nil {
		return d.Raw
	}
	end := start + len(d.Raw)
	if end <= len(s.file) && endsHere(s.file[end:]) {
		return d.Raw
	}
	s.odd.note("a stream's length is wrong")
	n := bytes.Index(s.file[start:], []byte("endstream"))
	if n < 0 {
		return d.Raw
	}
	data := s.file[start : start+n]
	data = bytes.TrimSuffix(data, []byte("\n"))
	return bytes.TrimSuffix(data, []byte("\r"))
}

func endsHere(rest []byte) bool {
	rest = bytes.TrimLeft(rest[:min(len(rest), 20)], "\r\n \t\x00")
	return bytes.HasPrefix(rest, []byte("endstream"))
}
