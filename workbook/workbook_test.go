package workbook

import (
	"bytes"
	"os"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/ejmx/ejmx/dossier"
)

// write makes a workbook in memory.
func write(t testing.TB, p *dossier.Posting, o Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, p, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func open(t testing.TB, data []byte) *excelize.File {
	t.Helper()
	file, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func TestSameInputSameBytes(t *testing.T) {
	first := write(t, madeUp(50, 3), Options{})
	second := write(t, madeUp(50, 3), Options{})
	if !bytes.Equal(first, second) {
		t.Fatal("two workbooks of one posting differ")
	}
	if name := os.Getenv("EJMX_KEEP"); name != "" {
		if err := os.WriteFile(name, first, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
