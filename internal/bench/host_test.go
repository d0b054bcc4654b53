package main

import (
	"testing"
	"testing/fstest"
)

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

func TestLendsMemory(t *testing.T) {
	const order, features = "module/page_reporting/parameters/page_reporting_order", "bus/virtio/drivers/virtio_balloon/virtio0/features"
	for name, c := range map[string]struct {
		order, features string
		want            bool
	}{
		"reports free pages":     {"9\n", "0110010100\n", true},
		"is told to report none": {"11\n", "0110010100\n", false},
		"cannot report":          {"9\n", "0110000100\n", false},
		"no number":              {"\n", "0110010100\n", false},
		"no features":            {"9\n", "", false},
	} {
		sys := fstest.MapFS{order: {Data: []byte(c.order)}, features: {Data: []byte(c.features)}}
		if got := lendsMemory(sys); got != c.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
	if lendsMemory(fstest.MapFS{}) {
		t.Error("a machine without a host lends its memory")
	}
}
