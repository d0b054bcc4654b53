package typeset

import (
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-text/typesetting/bidi"

	"github.com/ejmx/ejmx/packet/pdf"
)

func newTestSetter() *Setter { return NewSetter(pdf.NewWriter(io.Discard)) }

var body = Style{Size: 10}

// pangrams are sentences long enough to be wrapped.
var pangrams = []string{
	"The quick brown fox jumps over the lazy dog, and over the lazy dog it jumps again.",
	"Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, και πάλι από την αρχή.",
	"نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر ومغلف بجلد أزرق",
	"Mixed: לורם איפסום with English and 123 numbers, ועוד קצת עברית.",
	"いろはにほへとちりぬるをわかよたれそつねならむうゐのおくやまけふこえてあさきゆめみしゑひもせす",
	"ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश करने वाले विष्णुवतार भगवान श्रीराम",
	"เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน",
	strings.Repeat("unbreakable", 30),
}

func TestWrapKeepsTextAndWidth(t *testing.T) {
	s := newTestSetter()
	for _, text := range pangrams {
		for _, width := range []float64{40, 120, 500} {
			var together strings.Builder
			for _, l := range s.Wrap(text, body, width, 0) {
				together.WriteString(l.Text())
				if l.Width > width+0.05 {
					t.Errorf("a line of %.2f points in a column of %v: %s", l.Width, width, l.Text())
				}
			}
			if together.String() != text {
				t.Errorf("at width %v, got %q, want %q", width, together.String(), text)
			}
		}
	}
}

func TestFitShortens(t *testing.T) {
	s := newTestSetter()
	for _, text := range pangrams {
		l := s.Fit(text, body, 90)
		if l.Width > 90.05 {
			t.Errorf("%q is %.2f wide", l.Text(), l.Width)
		}
		kept, ends := strings.CutSuffix(l.Text(), "…")
		if !ends || len(kept) < 10 || !strings.HasPrefix(text, strings.TrimSpace(kept)) {
			t.Errorf("%q became %q", text, l.Text())
		}
	}
	if l := s.Fit("short", body, 90); l.Text() != "short" {
		t.Errorf("got %q", l.Text())
	}
	if l := s.Fit("", body, 90); l.Text() != "" || l.Width != 0 {
		t.Errorf("nothing became %q", l.Text())
	}
}

func TestWrapLimit(t *testing.T) {
	s := newTestSetter()
	tests := []struct {
		name, text string
		limit      int
		want       []string
	}{
		{"fits", "one\ntwo", 2, []string{"one", "two"}},
		{"paragraphs left over", "one\ntwo\nthree", 2, []string{"one", "two…"}},
		{"empty line", "one\n\ntwo", 0, []string{"one", "", "two"}},
		{"nothing", "", 3, []string{""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, l := range s.Wrap(test.text, body, 300, test.limit) {
				got = append(got, l.Text())
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestLongTextIsBounded(t *testing.T) {
	megabyte := strings.Repeat("Donaudampfschifffahrt ", 1<<20/22)
	s := newTestSetter()
	start := time.Now()
	if l := s.Fit(megabyte, body, 200); l.Width > 200.05 {
		t.Errorf("%v wide", l.Width)
	}
	if l := s.Line(megabyte, body); l.Width > maxLineWidth {
		t.Errorf("%v wide", l.Width)
	}
	if n := len(s.Wrap(megabyte, body, 200, 3)); n != 3 {
		t.Errorf("%d lines", n)
	}
	if took := time.Since(start); took > 10*time.Second { // a fraction of one, alone on a machine
		t.Errorf("a megabyte took %v", took)
	}
}

func TestWidthsAreThoseOfTheFont(t *testing.T) {
	s := newTestSetter()
	one, ten := s.Width("m", body), s.Width("mmmmmmmmmm", body)
	if diff := 10*one - ten; diff > 0.01 || diff < -0.01 || one < 5 || one > 12 {
		t.Errorf("m is %v, ten of them %v", one, ten)
	}
	if double := s.Width("m", body.Sized(20)); double != 2*one {
		t.Errorf("twice the size is %v wide, not %v", double, 2*one)
	}
}

func TestJoin(t *testing.T) {
	s := newTestSetter()
	whole := s.Line("Lee · 12 / 97", body)
	joined := Join(s.Line("Lee · ", body), s.Line("12", body), s.Line(" / ", body), s.Line("97", body))
	if joined.Text() != whole.Text() || joined.Width-whole.Width > 0.01 || whole.Width-joined.Width > 0.01 {
		t.Errorf("%q is %v wide, in pieces %q is %v", whole.Text(), whole.Width, joined.Text(), joined.Width)
	}
}

// TestVisualOrder holds the examples of UAX #9, L2, run by run.
func TestVisualOrder(t *testing.T) {
	tests := []struct {
		levels []bidi.Level
		want   []int
	}{
		{[]bidi.Level{0}, []int{0}},
		{[]bidi.Level{0, 1, 0}, []int{0, 1, 2}},
		{[]bidi.Level{0, 1, 2, 1, 0}, []int{0, 3, 2, 1, 4}},
		{[]bidi.Level{1, 2, 1}, []int{2, 1, 0}},
		{[]bidi.Level{0, 2, 1, 4, 3, 2, 0}, []int{0, 4, 3, 5, 2, 1, 6}},
	}
	for _, test := range tests {
		if got := visualOrder(test.levels); !slices.Equal(got, test.want) {
			t.Errorf("%v: got %v, want %v", test.levels, got, test.want)
		}
	}
}

func TestSettersWorkSideBySide(t *testing.T) {
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s := newTestSetter()
			for _, text := range pangrams {
				s.NewCanvas().Text(s.Line(text, body.Heavy()), 0, 0)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// FuzzText holds whatever anyone may type against what every line promises.
func FuzzText(f *testing.F) {
	for _, text := range pangrams {
		f.Add(text, 80.0)
	}
	f.Add("a\u0300\u0301\u202E\x00🏳️‍🌈👩‍👩‍👧\U0001F1E9\U0001F1EA", 12.0)
	f.Add("\u0645\u200D\u0645\n\r\n\u2029 ﷽", 3.0)
	f.Fuzz(func(t *testing.T, text string, width float64) {
		if len(text) > 4000 || !(width >= 1 && width < 1000) {
			return
		}
		s := newTestSetter()
		c := s.NewCanvas()
		for _, l := range append(s.Wrap(text, body, width, 0), s.Fit(text, body.Heavy(), width)) {
			c.Text(l, 0, 0)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		content := string(c.Content())
		for _, pair := range [][2]string{{"BT\n", "ET\n"}, {"BDC\n", "EMC\n"}} {
			if strings.Count(content, pair[0]) != strings.Count(content, pair[1]) {
				t.Errorf("%q and %q do not pair", pair[0], pair[1])
			}
		}
	})
}
