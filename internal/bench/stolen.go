package main

import (
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
