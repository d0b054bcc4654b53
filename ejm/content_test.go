package ejm

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// escaped is base64 as PHP writes it into JSON: slashes escaped, a line break every width characters.
func escaped(data []byte, width int, lineBreak string) string {
	text := base64.StdEncoding.EncodeToString(data)
	var out strings.Builder
	for len(text) > width && width > 0 {
		out.WriteString(text[:width] + lineBreak)
		text = text[width:]
	}
	out.WriteString(text)
	return strings.ReplaceAll(out.String(), "/", `\/`)
}

func bytesOf(n int) []byte {
	source := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(source.Uint32())
	}
	return data
}

func decodeText(r io.Reader, limit int64) ([]byte, error) {
	c := &content{scan: newScanner(r), limit: limit}
	c.begin()
	return io.ReadAll(c)
}

func TestContentDecodesEveryFormOfBase64(t *testing.T) {
	forms := map[string]func([]byte) string{
		"plain":               func(d []byte) string { return base64.StdEncoding.EncodeToString(d) },
		"escaped slashes":     func(d []byte) string { return escaped(d, 0, "") },
		"line breaks":         func(d []byte) string { return escaped(d, 76, `\n`) },
		"carriage returns":    func(d []byte) string { return escaped(d, 76, `\r\n`) },
		"unicode escapes":     func(d []byte) string { return strings.ReplaceAll(escaped(d, 76, `\u000a`), "+", `\u002B`) },
		"raw white space":     func(d []byte) string { return escaped(d, 60, " \t") },
		"without its padding": func(d []byte) string { return strings.TrimRight(escaped(d, 0, ""), "=") },
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{0, 1, 2, 3, 4, 57, 49151, 49152, 49153, 200_000} {
				data := bytesOf(size)
				got, err := decodeText(strings.NewReader(form(data)+`"`), 1<<20)
				if err != nil || !bytes.Equal(got, data) {
					t.Fatalf("%d bytes: got %d bytes, error %v", size, len(got), err)
				}
			}
		})
	}
}

func TestContentSurvivesSmallReads(t *testing.T) {
	data := bytesOf(2000)
	got, err := decodeText(iotest.OneByteReader(strings.NewReader(escaped(data, 76, `\r\n`)+`"`)), 1<<20)
	if err != nil || !bytes.Equal(got, data) {
		t.Fatalf("got %d bytes, error %v", len(got), err)
	}
}

func TestContentRefusesBrokenBase64(t *testing.T) {
	for name, text := range map[string]string{
		"a stray character":      `QUJD*UJD"`,
		"text after the padding": `QQ==QUJD"`,
		"too much padding":       `QUI==="`,
		"one character left":     `QUJDQ"`,
		"an escaped quote":       `QUJ\"D"`,
		"a letter beyond ASCII":  `QUJ\u00e4"`,
		"a cut escape":           `QUJD\u00`,
		"no end":                 `QUJD`,
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := decodeText(strings.NewReader(text), 1<<20); !errors.Is(err, ErrBadContent) {
				t.Errorf("got %q, error %v; want ErrBadContent", got, err)
			}
		})
	}
}

func TestContentHasALimit(t *testing.T) {
	if _, err := decodeText(strings.NewReader(escaped(bytesOf(300_000), 0, "")+`"`), 100_000); !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v; want ErrTooLarge", err)
	}
}

func TestContentAllocatesNothingPerBlock(t *testing.T) {
	text := escaped(bytesOf(1<<20), 76, `\n`) + `"`
	reader := strings.NewReader(text)
	c := &content{scan: newScanner(reader), limit: 1 << 30}
	allocations := testing.AllocsPerRun(3, func() {
		reader.Reset(text)
		c.scan.r, c.scan.w, c.scan.err = 0, 0, nil
		c.begin()
		if _, err := c.WriteTo(io.Discard); err != nil {
			t.Fatal(err)
		}
	})
	if allocations > 0 {
		t.Errorf("%v allocations for a megabyte", allocations)
	}
}

// simply decodes as content does, with everything in memory and a character at a time.
func simply(text string) (data []byte, ok bool) {
	var clean []byte
	for i := 0; ; i++ {
		switch {
		case i >= len(text):
			return nil, false // no end
		case text[i] == '"':
			return plainly(clean)
		case text[i] != '\\':
			clean = append(clean, text[i])
			continue
		}
		i++
		switch {
		case i < len(text) && text[i] == '/':
			clean = append(clean, '/')
		case i < len(text) && strings.IndexByte("nrt", text[i]) >= 0:
		case i+4 < len(text) && text[i] == 'u':
			code, err := strconv.ParseUint(text[i+1:i+5], 16, 16)
			if err != nil || code > 0x7E {
				return nil, false
			}
			clean = append(clean, byte(code))
			i += 4
		default:
			return nil, false
		}
	}
}

// plainly decodes base64 with white space in it, and with or without its padding.
func plainly(text []byte) (data []byte, ok bool) {
	text = slices.DeleteFunc(text, func(char byte) bool { return char <= ' ' })
	unpadded := bytes.TrimRight(text, "=")
	if padding := len(text) - len(unpadded); padding > 0 && (len(unpadded)%4 == 0 || padding > 4-len(unpadded)%4) {
		return nil, false
	}
	data, err := base64.RawStdEncoding.DecodeString(string(unpadded))
	return data, err == nil
}

func FuzzContent(f *testing.F) {
	f.Add(`QUJD"`, uint16(0))
	f.Add(`QUJ\/\r\nQ=="`, uint16(0))
	f.Add(`QUJ \u0041"`, uint16(2))
	f.Add(`QUJ\/AA\nAA`, uint16(9000))
	f.Add(`QUJ\/\/\/\/\r\n]^_=AA`, uint16(300))
	f.Add("\\\xFF\xFCn", uint16(300))
	f.Add("QQ==\n\n\n\n", uint16(3))
	f.Fuzz(func(t *testing.T, text string, times uint16) {
		// Many times the same, so that it crosses the borders of pieces and blocks.
		whole := strings.Repeat(strings.TrimRight(text, `"`), min(int(times), 200_000/(1+len(text)))) + text
		want, ok := simply(whole)
		for name, reader := range map[string]io.Reader{
			"in one": strings.NewReader(whole), "in halves": iotest.HalfReader(strings.NewReader(whole)), "byte by byte": iotest.OneByteReader(strings.NewReader(whole)),
		} {
			got, err := decodeText(reader, 1<<20)
			if (err == nil) != ok || ok && !bytes.Equal(got, want) {
				t.Fatalf("%.80q, %d times, %s: got %d bytes, %v; want %d bytes, %v", text, times, name, len(got), err, len(want), ok)
			}
		}
	})
}

func FuzzStrip(f *testing.F) {
	f.Add([]byte(`QUJ\/\r\nQU`), uint16(300))
	f.Add([]byte(`\\\\`), uint16(2000))
	f.Add([]byte(strings.Repeat(`QUJ\/\n`, 700)+`QUJD"\/`), uint16(0))
	f.Add([]byte("\xFF\\/\xFF\\n]\\/"), uint16(500))
	f.Fuzz(func(t *testing.T, text []byte, times uint16) {
		block := bytes.Repeat(text, 1+min(int(times), 8000/(1+len(text))))
		guard := bytes.Repeat([]byte{0xAA}, 2*lane)
		stage, plain := make([]byte, len(block)+len(guard)), make([]byte, len(block))
		wantUsed, wantStaged := stripTail(plain, block)
		for i, k := range append(kernels(), nil) {
			copy(stage[len(block):], guard)
			used, staged := new(stripper).stripBy(k, stage[:len(block)], block)
			if !bytes.Equal(stage[len(block):], guard) {
				t.Fatalf("%q, %d times, way %d: wrote beyond the stage", text, times, i)
			}
			if used != wantUsed || !bytes.Equal(stage[:staged], plain[:wantStaged]) {
				t.Fatalf("%q, %d times, way %d: used %d, staged %d; want %d, %d", text, times, i, used, staged, wantUsed, wantStaged)
			}
		}
	})
}

// BenchmarkDecodeAndHash is what fetch does with a document in memory; BenchmarkHashes is the part that cannot be saved.
func BenchmarkDecodeAndHash(b *testing.B) {
	data := bytesOf(8 << 20)
	text := escaped(data, 76, `\n`) + `"`
	reader := strings.NewReader(text)
	c := &content{scan: newScanner(reader), limit: 1 << 30}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		reader.Reset(text)
		c.scan.r, c.scan.w, c.scan.err = 0, 0, nil
		c.begin()
		if _, err := c.WriteTo(io.MultiWriter(sha1.New(), sha256.New())); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHashes(b *testing.B) {
	data := bytesOf(8 << 20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		one, two := sha1.New(), sha256.New()
		for block := data; len(block) > 0; block = block[min(len(block), plainSize):] {
			block := block[:min(len(block), plainSize)]
			one.Write(block)
			two.Write(block)
		}
	}
}
