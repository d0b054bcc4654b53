package main

import "testing"

func TestStolen(t *testing.T) {
	before := readProcessors("cpu  100 0 50 900 10 0 5 20 0 0\ncpu0 1 2 3\n")
	after := readProcessors("cpu  150 10 70 1900 30 5 10 50 0 0\ncpu0 1 2 3\n")
	if got := after.stolenSince(before); got != 25 { // 30 of 90 + 30
		t.Errorf("got %v %%", got)
	}
	if got := before.stolenSince(before); got != 0 {
		t.Errorf("of no time %v %% were stolen", got)
	}
	for _, broken := range []string{"", "cpu  1 2 3", "intr 1 2 3 4 5 6 7 8 9", "cpu  1 2 3 4 x 6 7 8 9"} {
		if got := readProcessors(broken); got != (processorTime{}) {
			t.Errorf("%q: got %v", broken, got)
		}
	}
}
