package packet

import (
	"context"
	"io"
	"io/fs"
	"time"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
)

// kindPacket is the kind of a booklet's documents: packets.
const kindPacket ejm.Kind = "packet"

// Booklet is packets of several candidates that become one PDF: a cover, a contents page whose lines jump, and the packets
// one after the other, each with its own outline under its bookmark.
type Booklet struct {
	Title   string    // "All candidates", "Winter Meeting, 3 January 2027"
	AsOf    time.Time // when the records that it shows were taken
	Files   fs.FS     // the packets
	Entries []BookletEntry
}

// BookletEntry is one packet of a booklet.
type BookletEntry struct {
	Label   string // the candidate's name
	Detail  string // what the contents say besides: institution, or time and place
	Content string // the packet's name in Booklet.Files
	SHA256  string // of the packet, hex
	Bytes   int64
}

// Booklet writes a booklet to w. The packets are merged as documents are, by the same engine, so no page of theirs is lost
// and their links lead where they led; their running lines are left as they are.
func (b *Builder) Booklet(ctx context.Context, w io.Writer, p *dossier.Posting, booklet Booklet) (Outline, error) {
	posting, d := booklet.asDossier(p)
	return b.Build(ctx, w, posting, d)
}

// BookletKey names the booklet that [Builder.Booklet] would write, as [Builder.Key] does a packet.
func (b *Builder) BookletKey(p *dossier.Posting, booklet Booklet) string {
	posting, d := booklet.asDossier(p)
	return b.Key(posting, d)
}

// asDossier is the booklet as the engine takes it: a dossier whose documents are packets.
func (k Booklet) asDossier(p *dossier.Posting) (*dossier.Posting, *dossier.Dossier) {
	posting, edition := *p, *p.Edition
	edition.RunningLine = ""
	posting.Edition, posting.Files, posting.Questions, posting.Dossiers = &edition, k.Files, nil, nil
	d := &dossier.Dossier{Name: dossier.Name{Last: k.Title}, AsOf: k.AsOf}
	for _, e := range k.Entries {
		d.Documents = append(d.Documents, dossier.Document{
			Kind: kindPacket, Label: e.Label, Reason: e.Detail, State: dossier.Stored,
			Content: e.Content, SHA256: e.SHA256, Bytes: e.Bytes, MediaType: "application/pdf",
		})
	}
	return &posting, d
}
