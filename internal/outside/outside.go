// Package outside finds what tests need from outside the repository: other people's programs that judge our outputs, and
// real-world PDFs that are not ours to pass on.
//
// A user's clone passes its tests without any of them. Where EJMX_REQUIRE_TOOLS is 1, as in CI, a missing one fails the
// test instead.
package outside

import (
	"os"
	"os/exec"
	"testing"
)

// Tool gives the path of a program, such as qpdf or pdftotext. Without the program the test is skipped, or fails where
// tools are required.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Absent(t, "the program "+name+" is not installed")
	}
	return path
}

// PDFs gives the folder of real-world PDFs that EJMX_PDFS names (an index.tsv lies in it).
func PDFs(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("EJMX_PDFS")
	if dir == "" {
		Absent(t, "EJMX_PDFS names no folder of test PDFs")
	}
	return dir
}

// Axe gives the path of axe-core's axe.min.js, which judges whether pages are accessible; EJMX_AXE names it.
func Axe(t testing.TB) string {
	t.Helper()
	name := os.Getenv("EJMX_AXE")
	if name == "" {
		Absent(t, "EJMX_AXE names no axe.min.js (npm pack axe-core)")
	}
	return name
}

// Absent skips a test for want of something outside, such as a right of the user's or a feature of the system, or fails it
// where tools are required.
func Absent(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("EJMX_REQUIRE_TOOLS") == "1" {
		t.Fatal(what)
	}
	t.Skip(what)
}
