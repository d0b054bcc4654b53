package ejm

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// heap is the memory in use, in bytes, after what nobody needs is gone.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// most is how much more than before may be in use while a reply of any size is read: buffers, and one record.
const most = 4 << 20

func TestManyApplicationsCostNoMoreThanOne(t *testing.T) {
	const applications = 50_000
	c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/api/applications": func(w http.ResponseWriter, _ *http.Request) {
		out := bufio.NewWriter(w)
		defer out.Flush()
		separator := "["
		for i := range applications {
			fmt.Fprintf(out, `%s{"appid": %d, "posid": 9012, "fname": "A", "lname": "B", "unknown": %q}`, separator, i+1, strings.Repeat("x", 1000))
			separator = ","
		}
		io.WriteString(out, "]")
	}}))
	before, n := heap(), 0
	for a, err := range c.Applications(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; a.AppID != ID(n) {
			t.Fatalf("application %d is %s", n, a.AppID)
		}
		if n%10_000 == 0 {
			if used := heap(); used > before+most {
				t.Errorf("after %d applications %d more bytes are in use", n, used-before)
			}
		}
	}
	if n != applications {
		t.Errorf("%d applications came", n)
	}
}

func TestALargeDocumentCostsNoMemory(t *testing.T) {
	const size = 200 << 20
	line := strings.Repeat(`QUJDREVG`, 9) + `QUJD\r\n` // 57 bytes in 76 characters, as PHP breaks them
	c := clientOf(t, serverOf(t, map[string]http.HandlerFunc{"/api/letters/1": func(w http.ResponseWriter, _ *http.Request) {
		out := bufio.NewWriter(w)
		defer out.Flush()
		io.WriteString(out, `{"letterid": 1, "blobid": 2, "filecontent": "`)
		for range size / 57 {
			io.WriteString(out, line)
		}
		io.WriteString(out, `"}`)
	}}))
	before := heap()
	for d, err := range c.Document(t.Context(), KindLetter, 1) {
		if err != nil {
			t.Fatal(err)
		}
		var read int64
		for {
			n, err := io.CopyN(io.Discard, d.Body, 50<<20)
			read += n
			if used := heap(); used > before+most {
				t.Errorf("after %d bytes %d more are in use", read, used-before)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if read != size/57*57 {
			t.Errorf("%d bytes came", read)
		}
	}
}
