package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is the release this is.
const version = "0.1.0"

// projectAddress is where the tool comes from; EJM sees it in every request.
const projectAddress = "https://github.com/ejmx/ejmx"

func toolName() string  { return "ejmx " + version }
func userAgent() string { return "ejmx/" + version + " (+" + projectAddress + ")" }

func newVersion(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(e.stdout, "%s (%s, %s %s/%s)\n", toolName(), commit(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}

// commit is the source revision that the program was built from.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown commit"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return "commit " + setting.Value[:min(12, len(setting.Value))]
		}
	}
	return "unknown commit"
}
