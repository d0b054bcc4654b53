//go:build unix

package torture_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/ejmx/ejmx/internal/tried"
	"github.com/ejmx/ejmx/replay"
)

// theirChoice are folders that people may have put on another disk, with a link in their place, and files to which lines are
// added.
var theirChoice = regexp.MustCompile(`^(mirror|postings|postings/[^/]*|archives|mirror/log\.jsonl)$`)

// TestPlantedLinks puts links into a season's folders, in the place of every file and folder in turn, that lead to what is
// not ejmx's to write or to show.
func TestPlantedLinks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, tiny, replay.Options{})
	export := []string{"export", "--all", "--quiet", "--text", "none"}
	w.must(export...)
	from := filepath.Join(t.TempDir(), "exported")
	copyTree(t, w.season, from)
	var names []string
	for name := range w.visible("") {
		names = append(names, name)
		if dir := filepath.Dir(name); dir != "." {
			names = append(names, dir)
		}
	}
	tries := 0
	for i, name := range names {
		if !tried.Fully() && i%30 > 0 || theirChoice.MatchString(name) {
			continue
		}
		for _, link := range []func(from, to string) error{os.Symlink, os.Link} {
			w.again(from)
			treasure := filepath.Join(w.home, "treasure")
			if err := os.MkdirAll(treasure, 0o700); err != nil {
				t.Fatal(err)
			}
			target := filepath.Join(treasure, "diary.txt")
			if err := os.WriteFile(target, []byte("dear diary"), 0o600); err != nil {
				t.Fatal(err)
			}
			at := filepath.Join(w.season, name)
			info, err := os.Stat(at)
			if err != nil {
				continue
			}
			if info.IsDir() {
				target = treasure
			}
			if err := os.RemoveAll(at); err != nil {
				t.Fatal(err)
			}
			if link(target, at) != nil {
				continue // there are no hard links to folders
			}
			tries++
			for _, args := range [][]string{export, {"archive", "--all", "--incomplete"}, {"verify", w.season}} {
				if ended := w.run(args...); ended.Code < 0 || ended.Code == 2 {
					t.Errorf("%s in the place of %s: %s exits with %d\n%s", target, name, args[0], ended.Code, ended.Stderr)
				}
			}
			got := sums(t, treasure)
			diary, err := os.ReadFile(filepath.Join(treasure, "diary.txt"))
			if err != nil || string(diary) != "dear diary" || len(got) != 1 {
				t.Errorf("a link in the place of %s led out: %q, %v, %v", name, diary, err, got)
			}
		}
	}
	tried.Row(t, "Attacks: files", "symbolic and hard links planted in the season's folders", "in the place of each file and folder but `mirror`, `postings`, an export's own and the log, leading to somebody's own; then `export`, `archive`, `verify`", tries,
		"what they lead to is neither written, replaced nor added to")
}
