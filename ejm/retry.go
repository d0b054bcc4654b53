package ejm

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	firstPause = 500 * time.Millisecond
	longPause  = 30 * time.Second
	// longestWait is how long a Retry-After is honoured.
	longestWait = time.Minute
)

// Retry is the one retry policy. It calls fn until that succeeds, fails for good, or has failed Config.Tries times, with
// pauses that double, jittered, or as long as the server asks for (up to a minute). fn must be able to start from the
// beginning: empty the list it was filling, drop the half document. The last error comes back with its number of tries.
func (c *Client) Retry(ctx context.Context, op string, fn func(ctx context.Context) error) error {
	pause := firstPause
	for try := 1; ; try++ {
		err := fn(ctx)
		var e *Error
		if err == nil || !errors.As(err, &e) {
			return err
		}
		if !e.Temporary() || try >= c.config.Tries || c.hopeless(e, try) {
			return after(op, e, try)
		}
		wait := pause/2 + rand.N(pause)
		if e.RetryAfter > 0 {
			wait = min(e.RetryAfter, longestWait)
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		pause = min(2*pause, longPause)
	}
}

// hopeless reports whether an API that never answered is unlikely to begin: nobody should wait a minute to be told of a
// mistyped address.
func (c *Client) hopeless(e *Error, try int) bool {
	if c.answered.Load() || try < 2 {
		return false
	}
	return errors.Is(e.Err, ErrUnreachable) || errors.Is(e.Err, ErrNotAPI)
}

// after is an error with what was tried and how often.
func after(op string, e *Error, tries int) error {
	own := *e
	own.Tries = tries
	if own.Op == "" {
		own.Op = op
	}
	return &own
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
