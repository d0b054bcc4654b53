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

// build is what the program was built from, as its own build information has it: the same source and Go make the same bytes.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`   // of the source; "" where it was built outside its repository
	Modified bool   `json:"modified,omitempty"` // whether the source differed from that commit
	Time     string `json:"time,omitempty"`     // of the commit, RFC 3339
	Go       string `json:"go"`
	System   string `json:"system"`
}

func thisBuild() build {
	b := build{Version: version, Go: runtime.Version(), System: systemName()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = setting.Value
		case "vcs.modified":
			b.Modified = setting.Value == "true"
		case "vcs.time":
			b.Time = setting.Value
		}
	}
	return b
}

// String is the build in one line.
func (b build) String() string {
	commit := "unknown commit"
	if b.Commit != "" {
		commit = "commit " + b.Commit[:min(12, len(b.Commit))]
	}
	if b.Modified {
		commit += ", modified"
	}
	return fmt.Sprintf("ejmx %s (%s, %s %s)", b.Version, commit, b.Go, b.System)
}

func newVersion(e *env) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Long:  `Version names the release, the commit that it was built from, the version of Go, and the system it is for.`,
		Example: `  ejmx version
  ejmx version --json`,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return printJSON(e.stdout, thisBuild())
			}
			_, err := fmt.Fprintln(e.stdout, thisBuild())
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output, and nothing else there")
	return c
}
