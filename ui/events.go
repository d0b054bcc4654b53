package ui

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// How often a page that follows a run is told what is new, and how long it is left without a word.
const (
	tellEvery  = 300 * time.Millisecond
	breatheFor = 15 * time.Second
)

// events tells a page how the run at work goes on, as Server-Sent Events (HTML, "Server-sent events"): the pieces of the
// page that changed, made by the templates that made them the first time, and "ended" at its end. Where nothing is at
// work it answers 204, which keeps a browser from asking again.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	one := s.runs.atWork()
	if one == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	stream := &eventStream{w: w, control: http.NewResponseController(w), sent: map[string]string{}}
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		view := one.view(s.options.Words, s.options.Now())
		if !view.AtWork {
			_ = s.tell(stream, view)
			_ = stream.send("ended", view.Home)
			return
		}
		if s.tell(stream, view) != nil {
			return // the page is gone; the run goes on
		}
		select {
		case <-tick.C:
		case <-one.ended:
		case <-r.Context().Done():
			return
		}
	}
}

// tell sends the pieces of a page that are not as they were.
func (s *Server) tell(stream *eventStream, view *runView) error {
	for _, piece := range []string{"run-strip", "run-said", "run-stages", "run-problems"} {
		var text bytes.Buffer
		if err := s.pages.ExecuteTemplate(&text, piece, view); err != nil {
			return err
		}
		if err := stream.update(piece, text.String()); err != nil {
			return err
		}
	}
	return stream.breathe()
}

// eventStream is an answer that goes on. What fails is a browser that went away.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	sent    map[string]string // the newest text of each event
	last    time.Time
}

// update sends an event if its text is another than before.
func (e *eventStream) update(event, text string) error {
	if was, told := e.sent[event]; told && was == text {
		return nil
	}
	e.sent[event] = text
	return e.send(event, text)
}

func (e *eventStream) send(event, text string) error {
	return e.write("event: " + event + "\ndata: " + strings.ReplaceAll(text, "\n", "\ndata: ") + "\n\n")
}

// breathe says nothing, now and then, so that neither side takes the silence for an end.
func (e *eventStream) breathe() error {
	if time.Since(e.last) < breatheFor {
		return nil
	}
	return e.write(":\n\n")
}

func (e *eventStream) write(text string) error {
	e.last = time.Now()
	if err := e.control.SetWriteDeadline(e.last.Add(breatheFor)); err != nil {
		return err
	}
	if _, err := fmt.Fprint(e.w, text); err != nil {
		return err
	}
	return e.control.Flush()
}
