package main

import (
	"fmt"
	"os/exec"
	"runtime"
)

// desktop gives what opens an address, a file or a folder in the program that its user has for it; nil where there is no
// desktop to open it on.
func desktop(getenv func(string) string) func(target string) error {
	program := []string{"xdg-open"}
	switch runtime.GOOS {
	case "windows":
		program = []string{"rundll32", "url.dll,FileProtocolHandler"}
	case "darwin":
		program = []string{"open"}
	default:
		if getenv("DISPLAY") == "" && getenv("WAYLAND_DISPLAY") == "" {
			return nil
		}
	}
	path, err := exec.LookPath(program[0])
	if err != nil {
		return nil
	}
	return func(target string) error {
		command := exec.Command(path, append(program[1:], target)...)
		if err := command.Start(); err != nil {
			return fmt.Errorf("open %s: %w", target, err)
		}
		go func() { _ = command.Wait() }() // how it ends is the desktop's affair
		return nil
	}
}
