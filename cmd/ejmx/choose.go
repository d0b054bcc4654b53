package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ejmx/ejmx/ejm"
)

// choose asks which postings are meant, where none was named and there is somebody to ask. Offline the mirror's are offered,
// else those that EJM lists now. The settings are resolved.
func (p *postingFlags) choose(ctx context.Context, e *env, s *settings) (err error) {
	if p.all || len(p.ids) > 0 || s.json || !e.canAsk() {
		return nil
	}
	t, err := e.startTalk()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	var offered []offer
	if s.offline {
		offered, err = e.heldOffers(s)
	} else {
		t.say("Asking EJM which postings there are…")
		offered, err = e.listedOffers(ctx, s)
	}
	if err != nil {
		return err
	}
	if len(offered) == 0 {
		return errors.New("EJM lists no applications to any posting of your organisation yet")
	}
	return p.askFor(ctx, t, offered)
}

// offer is a posting to choose.
type offer struct {
	id           ejm.ID
	title        string
	applications int
}

// listedOffers are the postings to which EJM lists applications, the newest first.
func (e *env) listedOffers(ctx context.Context, s *settings) ([]offer, error) {
	client, err := e.client(s, nil)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	found := map[ejm.ID]*offer{}
	err = client.Retry(ctx, "the list of applications", func(ctx context.Context) error {
		clear(found)
		for a, err := range client.Applications(ctx) {
			if errors.Is(err, ejm.ErrNoResults) {
				return nil
			}
			if err != nil {
				return err
			}
			if found[a.PosID] == nil {
				found[a.PosID] = &offer{id: a.PosID, title: a.AdTitle}
			}
			found[a.PosID].applications++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var offers []offer
	for _, o := range found {
		offers = append(offers, *o)
	}
	slices.SortFunc(offers, func(a, b offer) int { return int(b.id - a.id) })
	return offers, nil
}

// heldOffers are the postings that the mirror has all of, the newest first.
func (e *env) heldOffers(s *settings) ([]offer, error) {
	season, err := e.openSeason(s, false)
	if err != nil {
		return nil, err
	}
	defer season.Close()
	lines, err := postingLines(season.Mirror)
	var offers []offer
	for _, l := range slices.Backward(lines) {
		if l.Fetched != "" {
			offers = append(offers, offer{l.PosID, l.Title, l.Applications})
		}
	}
	if err == nil && len(offers) == 0 {
		err = fmt.Errorf("no posting has been fetched yet into %s: run ejmx fetch first", s.season)
	}
	return offers, err
}

// askFor shows what there is to choose and asks until the answer can be understood.
func (p *postingFlags) askFor(ctx context.Context, t *talk, offered []offer) error {
	if len(offered) == 1 {
		o := offered[0]
		isMeant, err := t.confirm(ctx, fmt.Sprintf("There is one posting: %s %s, %s. Take it?", o.id, oneLine(o.title, 60), plural(o.applications, "application")), true)
		if err == nil && !isMeant {
			err = errInterrupted
		}
		p.ids = []int64{int64(o.id)}
		return err
	}
	lines := table{indent: "  "}
	for i, o := range offered {
		lines.add(strconv.Itoa(i+1), o.id.String(), oneLine(o.title, 60), plural(o.applications, "application"))
	}
	if err := lines.print(t.out); err != nil {
		return err
	}
	for {
		answer, err := t.ask(ctx, "Which? A number, several with commas, or all", "")
		if err != nil {
			return err
		}
		ids, complaint := understand(answer, offered)
		if complaint == "" {
			p.ids = ids
			return nil
		}
		t.say("%s", visible(complaint))
	}
}

// understand reads an answer: places in the list, ranges of them, ids of postings, all. The complaint says why it cannot.
func understand(answer string, offered []offer) (ids []int64, complaint string) {
	words := strings.FieldsFunc(answer, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\t' })
	if len(words) == 0 {
		return nil, "Type the number before a posting, such as 1, or all."
	}
	for _, word := range words {
		if strings.EqualFold(word, "all") {
			word = fmt.Sprintf("1-%d", len(offered))
		}
		from, to, isRange := strings.Cut(word, "-")
		first, err := place(from, offered)
		last := first
		if err == nil && isRange {
			last, err = place(to, offered)
		}
		if err != nil || last < first {
			return nil, fmt.Sprintf("There is no %q in the list.", word)
		}
		for _, o := range offered[first : last+1] {
			if !slices.Contains(ids, int64(o.id)) {
				ids = append(ids, int64(o.id))
			}
		}
	}
	return ids, ""
}

// place is where in the list somebody means, by its number there or by a posting's id.
func place(word string, offered []offer) (int, error) {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return 0, err
	}
	if at := slices.IndexFunc(offered, func(o offer) bool { return int64(o.id) == n }); at >= 0 {
		return at, nil
	}
	if n < 1 || n > int64(len(offered)) {
		return 0, errors.New("not in the list")
	}
	return int(n - 1), nil
}
