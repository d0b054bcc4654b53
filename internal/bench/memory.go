package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// watchMemory looks at a program's memory, and that of all it started, until the function it gives is called, which gives
// the most there was at one time in MB. On systems without /proc that is 0.
func watchMemory(pid int) func() float64 {
	stop, most := make(chan struct{}), make(chan float64)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		peak := 0.0
		for {
			peak = max(peak, resident(pid))
			select {
			case <-tick.C:
			case <-stop:
				most <- peak
				return
			}
		}
	}()
	return func() float64 {
		close(stop)
		return <-most
	}
}

// resident is the memory of a process and its descendants in MB: what is theirs alone, not the program's code, which all of
// them share and the system may take back at any time.
func resident(pid int) float64 {
	sum := 0.0
	if data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status")); err == nil {
		for line := range strings.Lines(string(data)) {
			if text, ok := strings.CutPrefix(line, "RssAnon:"); ok {
				kB, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 64)
				sum += kB / 1024
			}
		}
	}
	threads, _ := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "children"))
	for _, thread := range threads {
		data, err := os.ReadFile(thread)
		if err != nil {
			continue // it has ended
		}
		for child := range strings.FieldsSeq(string(data)) {
			if id, err := strconv.Atoi(child); err == nil {
				sum += resident(id)
			}
		}
	}
	return sum
}
