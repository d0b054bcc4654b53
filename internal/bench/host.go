package main

import (
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// processorTime is what the processors did since the machine started, in ticks of no matter what length. A machine that shares
// its processors with others is slower while they are busy, and measures that of itself.
type processorTime struct{ had, stolen float64 }

// processors reads the system's count; it is empty where the system does not tell.
func processors() processorTime {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return processorTime{}
	}
	return readProcessors(string(data))
}

// readProcessors reads the first line of /proc/stat (proc_stat(5)): user, nice, system, idle, iowait, irq, softirq, steal, …
func readProcessors(stat string) (t processorTime) {
	const idle, iowait, steal = 4, 5, 8
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) <= steal || fields[0] != "cpu" {
		return processorTime{}
	}
	for i, field := range fields[1 : steal+1] {
		ticks, err := strconv.ParseFloat(field, 64)
		switch {
		case err != nil:
			return processorTime{}
		case i+1 == steal:
			t.stolen = ticks
		case i+1 != idle && i+1 != iowait:
			t.had += ticks
		}
	}
	return t
}

// stolenSince is how much of the time that programs here wanted from the processors went to others, in per cent.
func (t processorTime) stolenSince(before processorTime) float64 {
	had, stolen := t.had-before.had, t.stolen-before.stolen
	if stolen <= 0 {
		return 0
	}
	return 100 * stolen / (had + stolen)
}

// lendsMemory reports whether memory that is free here goes back to the host, as sys, the folder /sys, tells: a page of it costs
// microseconds when it is used again. That is so with the device virtio-balloon and its feature of free page reporting
// (Virtual I/O Device 1.2, 5.5.3), unless the system is told to report none.
func lendsMemory(sys fs.FS) bool {
	const reporting, largest = 5, 10 // the feature's bit; the order of the largest blocks that are free
	order, err := fs.ReadFile(sys, "module/page_reporting/parameters/page_reporting_order")
	if err != nil {
		return false
	}
	if n, err := strconv.Atoi(strings.TrimSpace(string(order))); err != nil || n > largest {
		return false
	}
	balloons, _ := fs.Glob(sys, "bus/virtio/drivers/virtio_balloon/virtio*/features") // the pattern is a good one
	for _, balloon := range balloons {
		if bits, err := fs.ReadFile(sys, balloon); err == nil && len(bits) > reporting && bits[reporting] == '1' {
			return true
		}
	}
	return false
}
