package mirror

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPlainSnapshotsComeBackByteForByte(t *testing.T) {
	m := sound(t)
	s, err := m.Latest()
	if err != nil {
		t.Fatal(err)
	}
	plain := fstest.MapFS{}
	for _, name := range s.PlainFiles() {
		data, err := fs.ReadFile(m.Plain(), name)
		if err != nil {
			t.Fatal(err)
		}
		plain[name] = &fstest.MapFile{Data: data}
	}
	const list = "20261124T090000Z/documents.jsonl"
	if text := string(plain[list].Data); !strings.HasPrefix(text, `{"kind":"file"`) || !strings.HasSuffix(text, "}\n") {
		t.Errorf("the list as text: %q", text)
	}
	back, err := Create(filepath.Join(t.TempDir(), "mirror"))
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	changed := fstest.MapFS{list: {Data: append([]byte(" "), plain[list].Data...)}, "20261124T090000Z/manifest.json": plain["20261124T090000Z/manifest.json"]}
	if err := back.AddPlain(changed, s.ID); err == nil {
		t.Error("a list that is not the manifest's was taken")
	}
	if err := back.AddPlain(plain, s.ID); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"documents.jsonl.zst", "manifest.json"} {
		name = "snapshots/20261124T090000Z/" + name
		want, err := fs.ReadFile(m.FS(), name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := fs.ReadFile(back.FS(), name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not as it was (%v)", name, err)
		}
	}
}
