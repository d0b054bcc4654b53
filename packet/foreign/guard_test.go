package foreign

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestStartOfEngineTakesNoTime starts an engine that takes longer than the document may; were that time counted, the job
// would be over, and the process after it.
func TestStartOfEngineTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		var out bytes.Buffer
		w := worker{out: &out, start: func(Job, *linear) (*engine, error) {
			time.Sleep(time.Minute)
			return nil, broken
		}}
		ctx, clock := startClock(time.Second)
		defer clock.stop()
		w.clock = clock
		time.Sleep(600 * time.Millisecond)
		if _, err := w.session(ctx, Job{}); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		time.Sleep(300 * time.Millisecond)
		if ctx.Err() != nil {
			t.Error("the time of starting is counted")
		}
		time.Sleep(200 * time.Millisecond)
		if ctx.Err() == nil {
			t.Error("the time before starting is not counted")
		}
		var told []bool
		if err := Await(&out, func(starting bool) { told = append(told, starting) }); err == nil || len(told) != 1 || !told[0] {
			t.Errorf("told %v, %v", told, err)
		}
	})
}
