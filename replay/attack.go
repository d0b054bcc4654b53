package replay

import (
	"compress/gzip"
	"net"
	"net/http"
	"strings"
)

// reset breaks the connection so that the client sees it reset, where the connection is TCP.
func (a *answer) reset() {
	connection, _, err := a.out.control.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2, or no network at all
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // what is not sent is dropped, and RST goes out instead of FIN
	}
	_ = connection.Close()
}

// attack answers as a server would that means harm. Each goes on until the client has had enough.
func (a *answer) attack(kind string) {
	a.out.Header().Set("Content-Type", "application/json")
	switch kind {
	case "endless":
		a.repeat("[", `{"appid":0},`, -1)
	case "deep":
		a.repeat("", "[", 1e6)
	case "bomb":
		a.bomb()
	case "headers":
		a.out.Header().Set("X-Padding", strings.Repeat("x", 16<<20))
		a.repeat("[]", "", 0)
	}
}

// repeat writes a beginning and then a piece so many times, for ever if times is negative.
func (a *answer) repeat(beginning, piece string, times int) {
	const atOnce = 1000
	_, err := a.out.Write([]byte(beginning))
	pieces := []byte(strings.Repeat(piece, atOnce))
	for n := 0; err == nil && (times < 0 || n < times) && a.r.Context().Err() == nil; n += atOnce {
		_, err = a.out.Write(pieces)
	}
}

// bomb sends 10 GB of the letter a, of which a megabyte at a time fits into a kilobyte.
func (a *answer) bomb() {
	a.out.gzip = false
	a.out.Header().Set("Content-Encoding", "gzip")
	zip, _ := gzip.NewWriterLevel(a.out, gzip.BestCompression) // the level is a good one
	_, err := zip.Write([]byte(`["`))
	piece := []byte(strings.Repeat("a", 1<<20))
	for n := 0; err == nil && n < 10<<10 && a.r.Context().Err() == nil; n++ {
		_, err = zip.Write(piece)
	}
	_ = zip.Close()
}
