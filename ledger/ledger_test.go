package ledger_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/ejmx/ejmx/ledger"
)

func Example() {
	var book ledger.Book
	sink := ledger.Tee(book.Add, func(e ledger.Entry) {
		if e.Outcome.Problem() {
			fmt.Println(e)
		}
	})
	sink(ledger.Entry{Stage: ledger.Download, Item: "file 1", Outcome: ledger.Planned})
	sink(ledger.Entry{Stage: ledger.Download, Item: "file 2", Outcome: ledger.Planned})
	sink(ledger.Entry{Stage: ledger.Download, Item: "file 1", Outcome: ledger.Done, Bytes: 10})
	sink(ledger.Entry{Stage: ledger.Download, Item: "file 2", Whose: "Min-Jung Lee", Outcome: ledger.Failed, Err: errors.New("HTTP 503")})
	fmt.Printf("%+v\n", book.Count(ledger.Download))
	// Output:
	// Min-Jung Lee: file 2: HTTP 503
	// {Planned:2 Ended:2 Problems:1 Bytes:10 Remaining:0}
}

func TestBookCountsFromManyGoroutines(t *testing.T) {
	var book ledger.Book
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() {
			item := fmt.Sprint(i)
			book.Add(ledger.Entry{Stage: ledger.Pack, Item: item, Outcome: ledger.Planned})
			book.Add(ledger.Entry{Stage: ledger.Pack, Item: item, Outcome: ledger.Planned}) // announced twice, counted once
			outcome := ledger.Done
			if i%10 == 0 {
				outcome = ledger.Kept
			}
			if i != 7 {
				book.Add(ledger.Entry{Stage: ledger.Pack, Item: item, Outcome: outcome, Bytes: 1})
			}
		})
	}
	group.Wait()
	want := ledger.Count{Planned: 100, Ended: 99, Bytes: 89, Remaining: 1}
	if got := book.Count(ledger.Pack); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if kept := book.Outcomes(ledger.Pack, ledger.Kept); kept != 10 {
		t.Errorf("%d kept", kept)
	}
}

func TestNotesAndProblemsStayInOrder(t *testing.T) {
	var book ledger.Book
	for i, outcome := range []ledger.Outcome{ledger.Note, ledger.Failed, ledger.Link, ledger.Suspect, ledger.Note} {
		book.Add(ledger.Entry{Stage: ledger.List, Item: fmt.Sprint(i), Outcome: outcome})
	}
	if p := book.Problems(); len(p) != 2 || p[0].Item != "1" || p[1].Item != "3" {
		t.Errorf("problems %v", p)
	}
	if n := book.Notes(); len(n) != 2 || n[0].Item != "0" || n[1].Item != "4" {
		t.Errorf("notes %v", n)
	}
}
