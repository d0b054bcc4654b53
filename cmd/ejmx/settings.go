package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ejm"
)

// defaultAPI is EJM's address.
const defaultAPI = "https://backend.econjobmarket.org"

const (
	defaultWorkers = 8
	maxWorkers     = 32
)

// settingsFile marks a season's folder and holds its settings, but no secret.
const settingsFile = "ejmx.toml"

// settings are the flags that mean the same in every command. Flags beat the environment, the environment beats
// ejmx.toml, and no secret is ever a flag.
type settings struct {
	season  string
	api     string
	workers int
	out     string
	edition string
	offline bool
	json    bool
	quiet   bool
	verbose bool

	maxList, maxDocument byteSize // of EJM's answers; 0 is the client's default

	accountName string // which of the kept credentials are this season's, by ejmx.toml

	retention archive.Retention // how long things are kept, by ejmx.toml
}

// sharedFlags adds the flags that most commands have.
func (s *settings) sharedFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.season, "season", "", "the season's folder (default: the nearest folder upwards with an ejmx.toml, else ~/ejmx)")
	f.BoolVar(&s.json, "json", false, "print one JSON object on standard output, and nothing else there")
	f.BoolVar(&s.quiet, "quiet", false, "say nothing unless something is wrong")
	f.BoolVar(&s.verbose, "verbose", false, "say what is requested and why things fail, in detail")
}

// apiFlags adds the flags of commands that talk to EJM.
func (s *settings) apiFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.api, "api", "", "the API's address (default "+defaultAPI+")")
	f.IntVar(&s.workers, "workers", 0, fmt.Sprintf("documents in flight at once (default %d, at most %d)", defaultWorkers, maxWorkers))
	f.TextVar(&s.maxList, "max-list", byteSize(0), "largest list taken from EJM (default 1GB)")
	f.TextVar(&s.maxDocument, "max-document", byteSize(0), "largest document taken from EJM (default 2GB)")
}

// outputFlags adds the flags of commands that make outputs.
func (s *settings) outputFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.edition, "edition", "", "who the output is for (default committee)")
	f.StringVar(&s.out, "out", "", "export into this folder instead of the season's")
}

// file is ejmx.toml.
type file struct {
	API     string `toml:"api"`
	Workers int    `toml:"workers"`
	Edition string `toml:"edition"`
	Account string `toml:"account"`

	MaxList     byteSize `toml:"max_list"`
	MaxDocument byteSize `toml:"max_document"`

	Retention archive.Retention `toml:"retention"`
}

// resolve fills in what no flag said from the environment and the season's ejmx.toml.
func (s *settings) resolve(e *env) error {
	s.season = firstOf(s.season, e.getenv("EJMX_SEASON"))
	if s.season == "" {
		s.season = nearestSeason(e.cwd, filepath.Join(e.home, "ejmx"))
	}
	e.place = e.path(s.season)
	if s.out != "" {
		e.place += " or " + e.path(s.out)
	}
	written, err := readSettings(filepath.Join(s.season, settingsFile))
	if err != nil {
		return err
	}
	s.api = firstOf(s.api, e.getenv("EJMX_API"), written.API, defaultAPI)
	s.edition = firstOf(s.edition, written.Edition, "committee")
	s.accountName = firstOf(s.accountName, written.Account)
	s.retention = written.Retention
	s.maxList, s.maxDocument = cmp.Or(s.maxList, written.MaxList), cmp.Or(s.maxDocument, written.MaxDocument)
	if s.workers == 0 {
		s.workers = written.Workers
	}
	if s.workers == 0 {
		s.workers = defaultWorkers
	}
	if s.workers < 1 || s.workers > maxWorkers {
		return &usageError{errors.New("--workers is a number from 1 to " + strconv.Itoa(maxWorkers))}
	}
	return nil
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// nearestSeason looks upwards from a folder for one that holds ejmx.toml.
func nearestSeason(from, otherwise string) string {
	for dir := from; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, settingsFile)); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return otherwise
		}
	}
}

func readSettings(name string) (file, error) {
	var f file
	meta, err := toml.DecodeFile(name, &f)
	if errors.Is(err, fs.ErrNotExist) {
		return file{}, nil
	}
	if err != nil {
		return file{}, fmt.Errorf("%s: %w", name, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return file{}, &usageError{fmt.Errorf("%s: there is no setting %q", name, unknown[0])}
	}
	if err := f.Retention.Check(); err != nil {
		return file{}, &usageError{fmt.Errorf("%s: %w", name, err)}
	}
	return f, nil
}

// postingFlags are --posting and --all.
type postingFlags struct {
	ids []int64
	all bool
}

func (p *postingFlags) add(c *cobra.Command) {
	c.Flags().Int64SliceVar(&p.ids, "posting", nil, "the posting's id, as in its address on EJM; several with commas or by repeating the flag")
	c.Flags().BoolVar(&p.all, "all", false, "all postings that EJM lists")
}

// chosen gives the postings asked for, each once.
func (p *postingFlags) chosen() ([]ejm.ID, error) {
	switch {
	case p.all && len(p.ids) > 0:
		return nil, &usageError{errors.New("use either --posting or --all")}
	case !p.all && len(p.ids) == 0:
		return nil, &usageError{errors.New("say which posting: --posting ID, or --all")}
	}
	var ids []ejm.ID
	seen := map[int64]bool{}
	for _, id := range p.ids {
		if id <= 0 {
			return nil, &usageError{fmt.Errorf("%d is no posting's id", id)}
		}
		if !seen[id] {
			ids = append(ids, ejm.ID(id))
		}
		seen[id] = true
	}
	return ids, nil
}
