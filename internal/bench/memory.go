package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// memory is what programs have of their own at most, in MB; 0 where that cannot be seen.
type memory struct {
	all  float64 // the program and all it started, at one time
	main float64 // the program alone
}

// watchMemory looks at a program's memory until the function it gives is called, which gives the most there was. On systems
// without /proc that is nothing.
func watchMemory(pid int) func() memory {
	stop, most := make(chan struct{}), make(chan memory)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		var peak memory
		for {
			peak.all, peak.main = max(peak.all, resident(pid)), max(peak.main, anonymous(pid))
			select {
			case <-tick.C:
			case <-stop:
				most <- peak
				return
			}
		}
	}()
	return func() memory {
		close(stop)
		return <-most
	}
}

// anonymous is the memory of a process in MB: what is its alone, not the program's code, which several share and the system
// may take back at any time.
func anonymous(pid int) float64 {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0 // it has ended, or there is no such file on this system
	}
	for line := range strings.Lines(string(data)) {
		if text, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kB, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 64)
			return kB / 1024
		}
	}
	return 0
}

// resident is the memory of a process and its descendants.
func resident(pid int) float64 {
	sum := anonymous(pid)
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
