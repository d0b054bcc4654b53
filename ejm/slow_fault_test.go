package ejm

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ejmx/ejmx/internal/tried"
)

// trickle is a body of which so many bytes come every second.
type trickle struct {
	body  string
	speed int // bytes a second
}

func (t *trickle) Read(p []byte) (int, error) {
	if t.body == "" {
		return 0, io.EOF
	}
	time.Sleep(time.Second)
	n := copy(p, t.body[:min(t.speed, len(t.body))])
	t.body = t.body[n:]
	return n, nil
}

func (t *trickle) Close() error { return nil }

// network is one on which every request gets the same answer.
type network func(r *http.Request) io.ReadCloser

func (a network) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: &cancelled{a(r), r}, Request: r}, nil
}

// cancelled is a body whose reading ends when its request does, as those of the network do.
type cancelled struct {
	io.ReadCloser
	r *http.Request
}

func (c *cancelled) Read(p []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	buffer := make([]byte, len(p))
	go func() {
		n, err := c.ReadCloser.Read(buffer)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return copy(p, buffer[:r.n]), r.err
	case <-c.r.Context().Done():
		return 0, c.r.Context().Err()
	}
}

// TestSlowServers has servers answer at speeds that are none, and at those of a poor line.
func TestSlowServers(t *testing.T) {
	list := `[{"appid": 1, "posid": 2, "fname": "` + strings.Repeat("a", 200_000) + `"}]`
	for name, test := range map[string]struct {
		speed  int
		body   string
		answer bool
	}{
		"a byte a second":                     {1, list, false},
		"a byte a second of a short answer":   {1, `[{"appid": 1, "posid": 2}]`, true},
		"sixty bytes a second":                {60, list, false},
		"a poor line, a hundred bytes":        {100, list, true},
		"a line of a thousand bytes a second": {1000, list, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := New(Config{BaseURL: "https://ejm.example", Token: "a.b.c", Transport: network(func(*http.Request) io.ReadCloser {
					return &trickle{test.body, test.speed}
				})})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				for _, listErr := range c.Applications(t.Context()) {
					err = listErr
				}
				if answered := err == nil; answered != test.answer || !answered && !errors.Is(err, ErrUnreachable) {
					t.Errorf("after %s: %v", time.Since(began), err)
				}
				if took := time.Since(began); !test.answer && took > 2*time.Minute {
					t.Errorf("it was borne for %s", took)
				}
				time.Sleep(2 * time.Second) // for the last read to end
			})
		})
	}
	tried.Row(t, "Network", "a server that sends a byte a second", "five speeds, in a bubble of time (testing/synctest)", 5,
		"under 4 kB a minute is given up after a minute and tried again; slow lines are borne")
}

// TestClockJumps has a computer sleep for an hour and more, with a token that is good for one.
func TestClockJumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens, asleep := 0, false
		c, err := New(Config{BaseURL: "https://ejm.example", Key: "key", Secret: "s3cret", Transport: network(func(r *http.Request) io.ReadCloser {
			if r.URL.Path == "/token/" {
				tokens++
				return io.NopCloser(strings.NewReader(`{"access_token": "token", "expires_in": 3600, "token_type": "bearer"}`))
			}
			if asleep {
				asleep = false
				return &sleeper{}
			}
			return io.NopCloser(strings.NewReader(`[{"appid": 1, "posid": 2}]`))
		})})
		if err != nil {
			t.Fatal(err)
		}
		read := func() error {
			return c.Retry(t.Context(), "the list", func(ctx context.Context) error {
				for _, err := range c.Applications(ctx) {
					if err != nil {
						return err
					}
				}
				return nil
			})
		}
		for _, pause := range []time.Duration{0, time.Minute, time.Hour, 25 * time.Hour} {
			time.Sleep(pause)
			asleep = pause == time.Hour // also in the middle of an answer
			if err := read(); err != nil {
				t.Errorf("after %s: %v", pause, err)
			}
		}
		if tokens != 3 {
			t.Errorf("%d tokens were asked for", tokens)
		}
		time.Sleep(2 * time.Hour)
	})
	tried.Row(t, "Network", "the computer sleeps and wakes: the clock jumps an hour, and a day", "between requests and in the middle of an answer, in a bubble of time", 4,
		"a token that ran out is renewed; an answer that stopped is asked for again")
}

// sleeper is an answer that stops for an hour after its beginning.
type sleeper struct{ begun bool }

func (s *sleeper) Read(p []byte) (int, error) {
	if !s.begun {
		s.begun = true
		return copy(p, `[{"appid": 1,`), nil
	}
	time.Sleep(time.Hour)
	return copy(p, ` "posid": 2}]`), io.EOF
}

func (s *sleeper) Close() error { return nil }
