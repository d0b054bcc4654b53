package archive

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ejmx/ejmx/ledger"
)

func FuzzManifestLine(f *testing.F) {
	f.Add("b1946ac92492d2347c6235b4d2611184 *./data/hello.txt")
	f.Fuzz(func(t *testing.T, line string) {
		l, err := parseManifestLine(line)
		if err == nil && (l.digest == "" || !strings.HasSuffix(line, l.path)) {
			t.Errorf("%q gives %+v", line, l)
		}
	})
}

func FuzzInfo(f *testing.F) {
	f.Add("Contact-Name: A\r\n  B\nPayload-Oxum : 1.2\n")
	f.Fuzz(func(t *testing.T, text string) {
		fields, _ := parseInfo(text)
		for _, field := range fields {
			if field.Label == "" || strings.ContainsAny(field.Value, "\r\n") {
				t.Errorf("%q gives %+v", text, field)
			}
		}
	})
}

func FuzzRegister(f *testing.F) {
	f.Add([]byte(`{"previous":"","time":"2026-11-24T09:00:00Z","act":"archive","archive":"a.zip"}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, err := ReadRegister(bytes.NewReader(text))
		if err == nil && len(lines) != bytes.Count(text, []byte("\n")) {
			t.Errorf("%d lines of %q", len(lines), text)
		}
	})
}

func FuzzZip(f *testing.F) {
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		report, err := VerifyFile(t.Context(), bytes.NewReader(data), int64(len(data)), Options{Limits: Limits{Bytes: 1 << 20}}, ledger.Discard)
		if err == nil && report.OK() {
			if len(report.algorithms) == 0 {
				t.Error("accepted without a manifest")
			}
		}
	})
}
