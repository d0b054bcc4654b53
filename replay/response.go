package replay

import (
	"compress/gzip"
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"time"
)

// writePatience is how long a client may take to read a piece of an answer before it is given up.
const writePatience = time.Minute

// response carries an answer to the client and, on the way, does to it what a fault says: slows it, stops it, cuts it off.
type response struct {
	http.ResponseWriter
	ctx     context.Context
	control *http.ResponseController
	zip     *gzip.Writer // nil where the answer goes as it is
	gzip    bool         // whether the client takes it and the quirks ask for it

	status  int
	written int64 // bytes of the answer so far, before compression
	expects int64 // at least so many bytes will come; 0 is not known

	trouble  bodyFault     // what happens on the way, noTrouble for nothing
	at       int64         // after how many bytes
	patience time.Duration // how long a stall lasts; 0 is until the client leaves
	speed    int64         // bytes a second, 0 for as fast as can be
	ended    bool          // the rest is swallowed
}

// bodyFault is what may happen to an answer on its way.
type bodyFault int

const (
	noTrouble  bodyFault = iota
	cutOff               // the connection breaks
	endEarly             // the answer ends, in good form for HTTP, in the middle of the JSON
	standStill           // nothing more comes
)

func newResponse(w http.ResponseWriter, r *http.Request, quirks Quirks) *response {
	return &response{
		ResponseWriter: w, ctx: r.Context(), control: http.NewResponseController(w), at: math.MaxInt64,
		gzip: quirks.has(quirkGzip) && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"),
	}
}

// expect says that at least so many bytes will be written, so that what happens in the middle can.
func (o *response) expect(bytes int64) {
	o.expects = bytes
	if o.trouble != noTrouble {
		o.at = o.written + bytes/2
	}
}

// meet makes something happen on the way: in the middle if the length is known, else after the first bytes.
func (o *response) meet(trouble bodyFault, patience time.Duration) {
	o.trouble, o.patience, o.at = trouble, patience, o.written+max(o.expects/2, 8)
}

func (o *response) WriteHeader(status int) {
	o.status = status
	if o.gzip {
		o.Header().Set("Content-Encoding", "gzip")
		o.zip = gzip.NewWriter(o.ResponseWriter)
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write sends the next bytes.
func (o *response) Write(p []byte) (int, error) {
	if o.status == 0 {
		o.WriteHeader(http.StatusOK)
	}
	if o.ended {
		return len(p), nil
	}
	if left := o.at - o.written; o.trouble != noTrouble && int64(len(p)) >= left {
		if err := o.send(p[:left]); err != nil {
			return 0, err
		}
		o.happen()
		if o.ended {
			return len(p), nil
		}
		p = p[left:]
	}
	return len(p), o.send(p)
}

// happen lets the trouble come true.
func (o *response) happen() {
	trouble := o.trouble
	o.trouble = noTrouble
	switch trouble {
	case cutOff:
		o.flush()
		panic(http.ErrAbortHandler)
	case endEarly:
		o.ended = true
	case standStill:
		o.flush()
		if !wait(o.ctx, o.patience) {
			panic(http.ErrAbortHandler)
		}
	}
}

// send writes to the client at the speed that the answer has.
func (o *response) send(p []byte) error {
	for len(p) > 0 {
		piece, pause := p, time.Duration(0)
		if o.speed > 0 {
			piece, pause = paced(p, o.speed)
		}
		if err := o.control.SetWriteDeadline(time.Now().Add(writePatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		n, err := o.sink(piece)
		o.written += int64(n)
		if err != nil {
			return err
		}
		p = p[n:]
		if pause > 0 {
			o.flush()
			if !wait(o.ctx, pause) {
				return o.ctx.Err()
			}
		}
	}
	return nil
}

// paced gives what to send at once, and how long to wait after: ten times a second, or a byte at a time if slower.
func paced(p []byte, speed int64) ([]byte, time.Duration) {
	n := min(int64(len(p)), max(1, speed/10))
	return p[:n], time.Duration(float64(n) / float64(speed) * float64(time.Second))
}

func (o *response) sink(p []byte) (int, error) {
	if o.zip != nil {
		return o.zip.Write(p)
	}
	return o.ResponseWriter.Write(p)
}

// flush brings what was written so far on its way. A client that has gone shows at the next write.
func (o *response) flush() {
	if o.zip != nil {
		_ = o.zip.Flush()
	}
	_ = o.control.Flush()
}

// close ends the answer. Where it was broken off, what is left of it reaches nobody.
func (o *response) close() {
	if o.zip != nil {
		_ = o.zip.Close()
	}
}

// wait lets time go by, for ever if d is 0. It reports false if the client left before.
func wait(ctx context.Context, d time.Duration) bool {
	var done <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		done = timer.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-done:
		return true
	}
}
