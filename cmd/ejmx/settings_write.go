package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/ejmx/ejmx/internal/lazy"
)

// freshSettings is ejmx.toml as setup writes it first. Every line that sets something is a comment, so that the program's own
// defaults hold until somebody wants another.
const freshSettings = `# Settings of this season for ejmx. No key and no secret is in here. Flags and environment variables beat what is set here.
# Take the # away from a line to set it.

# Who exports are for, unless --edition says: committee, no-letters, letters-only, dean, public-talk, or one of your own in
# the folder "editions" beside this file.
# edition = "committee"

# How many documents are fetched at once, 1 to 32.
# workers = 8

# The largest answers that are taken from EJM: a list, and a document.
# max_list = "1GB"
# max_document = "2GB"

# The address of EconJobMarket's API.
# api = "` + defaultAPI + `"

# Where this computer knows several organisations: the name that ejmx setup --account gave this one.
# account = ""

# How long postings are kept after they closed, and legal holds: docs/retention.md. Without a rule nothing is disposed of.
# [retention]
# keep = "2y"
# hold = ""
`

// setting is a line of ejmx.toml.
type setting struct {
	key   string
	value string
}

// writeSettings makes ejmx.toml in a season's folder, or changes in it what is to be set and nothing else. It reports
// whether anything was written.
func writeSettings(season string, set []setting) (written bool, err error) {
	name := filepath.Join(season, settingsFile)
	before, err := os.ReadFile(name)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err != nil && !isNew {
		return false, err
	}
	text := string(before)
	if isNew {
		text = freshSettings
	}
	for _, s := range set {
		text = s.putInto(text)
	}
	if !isNew && text == string(before) {
		return false, nil
	}
	var check file
	if _, err := toml.Decode(text, &check); err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	return true, replaceFile(name, []byte(text))
}

// tableHeader is a line that ends the settings that belong to no table.
var tableHeader = lazy.Pattern(`^\s*\[`)

// putInto sets the key in the text of a file of settings: in the line that sets it, in the comment that shows how, else in a
// line of its own before the first table.
func (s setting) putInto(text string) string {
	if strings.Contains(text, "\r\n") { // written on Windows
		return strings.ReplaceAll(s.putInto(strings.ReplaceAll(text, "\r\n", "\n")), "\n", "\r\n")
	}
	line := s.key + " = " + strconv.Quote(s.value)
	lines := strings.Split(text, "\n")
	end := slices.IndexFunc(lines, tableHeader().MatchString)
	if end < 0 {
		end = len(lines)
	}
	for _, start := range []string{`^\s*`, `^\s*#\s*`} {
		sets := regexp.MustCompile(start + regexp.QuoteMeta(s.key) + `\s*=\s*("[^"]*"|'[^']*'|[^#]*?)(\s*#.*)?\s*$`)
		at := slices.IndexFunc(lines[:end], sets.MatchString)
		if at >= 0 {
			lines[at] = line + sets.FindStringSubmatch(lines[at])[2]
			return strings.Join(lines, "\n")
		}
	}
	for end > 0 && strings.TrimSpace(lines[end-1]) == "" {
		end--
	}
	return strings.Join(slices.Insert(lines, end, line), "\n")
}
