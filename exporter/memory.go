package exporter

import (
	"encoding/json"
	"os"

	"github.com/ejmx/ejmx/ejm"
)

// memory is what is remembered of an export between runs, in the mirror's derived/exports/NAME.json. Without it
// everything is made again and compared.
type memory struct {
	Tool      string                `json:"tool"`
	Folder    string                `json:"folder"`   // where the export lies, an absolute path
	Snapshot  string                `json:"snapshot"` // that the export shows
	Since     string                `json:"since"`    // the snapshot of the export before, to which its changes are
	Files     map[string]Written    `json:"files"`
	Documents bool                  `json:"documents"`     // whether originals are in it
	CSV       bool                  `json:"csv,omitempty"` // whether the workbook's sheets are in it as text files
	Text      SiteText              `json:"text"`          // what the site's search looks through
	Workbooks workbooks             `json:"workbooks"`
	Packets   map[string]packetMade `json:"packets"`            // by appid
	Booklets  map[string]packetMade `json:"booklets,omitempty"` // by file name
	Outputs   map[string]outputMade `json:"outputs,omitempty"`  // workbook, site and report
	Zip       *zipMade              `json:"zip,omitempty"`
	Postings  []ejm.ID              `json:"postings,omitempty"` // that a database holds
}

// recall reads the memory of an export; where there is none, or it is damaged, what the last report.json says.
func recall(root *os.Root, name string, exportDir string) memory {
	m := memory{}
	if data, err := root.ReadFile(name + ".json"); err == nil && json.Unmarshal(data, &m) == nil && m.Files != nil {
		return m
	}
	m = memory{Files: map[string]Written{}}
	data, err := os.ReadFile(exportDir + string(os.PathSeparator) + reportName)
	var report Report
	if err != nil || json.Unmarshal(data, &report) != nil {
		return m
	}
	m.Snapshot = report.Snapshot
	for name, sha := range report.hashes() {
		m.Files[name] = Written{SHA256: sha, Size: -1} // a size no file has: it is hashed before it is believed
	}
	return m
}

// remember writes the memory of an export by one rename.
func (m memory) remember(root *os.Root, name string) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	temporary := temporaryMark + name // always the same: what a killed run left is written over
	if err := root.WriteFile(temporary, data, fileMode); err != nil {
		return err
	}
	return root.Rename(temporary, name+".json")
}

// isNewer reports whether the export shows another snapshot than the last one did.
func (e *export) isNewer() bool { return e.memory.Snapshot != e.posting.Snapshot.ID }

// since is the snapshot that the export's changes are told from: that of the last export that showed another one.
func (e *export) since() string {
	if e.isNewer() {
		return e.memory.Snapshot
	}
	return e.memory.Since
}
