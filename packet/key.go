package packet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/ejmx/ejmx/dossier"
)

// format is raised whenever the same dossier gives another packet than before.
const format = 6

// Key names the packet that [Builder.Build] would write: the SHA-256, in hexadecimal, of all that goes into it, from the
// documents' own hashes to the limits. Equal keys mean equal bytes.
func (b *Builder) Key(p *dossier.Posting, d *dossier.Dossier) string {
	posting, application := *p, *d
	posting.Dossiers, posting.Files, posting.Interviews = nil, nil, nil
	// What no packet shows: a packet tells the age of its own record, and nothing that changes while the posting is open.
	posting.Snapshot, posting.API, posting.URL, posting.Deadline = dossier.Snapshot{}, "", "", ""
	application.Packet, application.FileName, application.Excluded = dossier.Packet{}, "", 0
	application.Documents = make([]dossier.Document, len(d.Documents))
	for i := range d.Documents {
		application.Documents[i] = d.Documents[i]
		application.Documents[i].Placed = dossier.Placed{}
	}
	// What is encoded here are structs of strings and numbers, which always encode.
	text, _ := json.Marshal(struct {
		Format  int
		Posting dossier.Posting
		Dossier dossier.Dossier
		Limits  Limits
		Office  bool
	}{format, posting, application, b.options.Limits, b.options.SOffice != ""})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
