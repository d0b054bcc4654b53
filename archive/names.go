package archive

import (
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// checkName refuses payload names that sha256sum, bagit-python and RFC 8493 section 2.1.3 escape in different ways, and
// those that [unsafeName] refuses.
func checkName(name string) error {
	if strings.ContainsAny(name, "%\\") {
		return fmt.Errorf("%q: a name in an archive cannot contain %% or a backslash", name)
	}
	if why := unsafeName(name); why != "" {
		return fmt.Errorf("%q: %s", name, why)
	}
	return nil
}

// unsafeName says why a name must not be unpacked anywhere: "" when it may be.
func unsafeName(name string) string {
	switch {
	case !utf8.ValidString(name):
		return "the name is not UTF-8"
	case strings.HasPrefix(name, "/") || strings.HasPrefix(name, "~") || strings.ContainsAny(name, "\\:"):
		return "the name points out of the archive"
	case !fs.ValidPath(name) || name == ".":
		return "the name points out of the archive or is not in its simplest form"
	case strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return "the name has control characters"
	}
	for part := range strings.SplitSeq(name, "/") {
		if isDevice(part) {
			return "the name is a device on Windows"
		}
		if strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") {
			return "the name ends in a dot or space, which Windows drops"
		}
	}
	return ""
}

// isDevice reports whether Windows takes a name, whatever its extension, for a device.
func isDevice(part string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(part), ".")
	switch stem = strings.TrimRight(stem, " "); stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	digit, isPort := strings.CutPrefix(stem, "COM")
	if !isPort {
		digit, isPort = strings.CutPrefix(stem, "LPT")
	}
	return isPort && utf8.RuneCountInString(digit) == 1 && strings.ContainsAny(digit, "123456789¹²³")
}

// foldName gives names that some file system takes for one the same key: of one case and one normal form.
func foldName(name string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(name)))
}
