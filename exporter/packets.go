package exporter

import (
	"context"
	"fmt"
	"io"
	"path"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/internal/abreast"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/packet"
)

// packetMade is what is remembered of a packet: what went in, and where each document came to stand.
type packetMade struct {
	Key     string         `json:"key"`
	Path    string         `json:"path"`
	Outline packet.Outline `json:"outline"`
	Edition string         `json:"edition,omitempty"` // of a booklet, the digest of the edition's file
}

// packets makes one packet an application, several at a time. One whose ingredients are those of the last run and that
// lies where it was left is not made again.
func (e *export) packets(ctx context.Context) error {
	past := e.memory.Packets
	e.memory.Packets = map[string]packetMade{}
	made := make([]packetMade, len(e.posting.Dossiers))
	remade := make([]bool, len(e.posting.Dossiers))
	for _, d := range e.posting.Dossiers {
		e.Sink(ledger.Entry{Stage: ledger.Pack, Item: packetItem(d), Whose: d.Name.Full(), Outcome: ledger.Planned})
	}
	err := abreast.Each(len(made), e.Workers, func(i int) (err error) {
		d := e.posting.Dossiers[i]
		made[i], remade[i], err = e.packet(ctx, d, past[d.AppID.String()])
		return err
	})
	if err != nil {
		return err
	}
	for i, d := range e.posting.Dossiers {
		e.memory.Packets[d.AppID.String()] = made[i]
		if remade[i] {
			e.made++
		}
	}
	return nil
}

func packetItem(d *dossier.Dossier) string { return "packet " + d.AppID.String() }

func (e *export) packet(ctx context.Context, d *dossier.Dossier, past packetMade) (packetMade, bool, error) {
	m := packetMade{Key: e.Packets.Key(e.posting, d), Path: path.Join("packets", d.FileName+".pdf")}
	entry := ledger.Entry{Stage: ledger.Pack, Item: packetItem(d), Whose: d.Name.Full(), Outcome: ledger.Kept}
	if past.Key == m.Key && past.Path == m.Path {
		if w, same := e.folder.Unchanged(m.Path); same {
			m.Outline = past.Outline
			setPacket(d, m, w)
			entry.Bytes = w.Size
			e.Sink(entry)
			return m, false, nil
		}
	}
	sound, err := e.sound(d)
	if err != nil {
		return m, false, err
	}
	m.Key = e.Packets.Key(e.posting, sound)
	w, err := e.folder.Write(m.Path, func(out io.Writer) (err error) {
		m.Outline, err = e.Packets.Build(ctx, out, e.posting, sound)
		return err
	})
	if err != nil {
		return m, false, fmt.Errorf("%s (application %s): %w", d.Name.Full(), d.AppID, err)
	}
	setPacket(d, m, w)
	entry.Outcome, entry.Bytes = ledger.Done, w.Size
	e.Sink(entry)
	return m, true, nil
}

// setPacket notes in a dossier what became of its packet, for the outputs that come after.
func setPacket(d *dossier.Dossier, m packetMade, w Written) {
	d.Packet = dossier.Packet{Path: m.Path, Pages: m.Outline.Pages, Bytes: w.Size, SHA256: w.SHA256}
	for i, placed := range m.Outline.Documents {
		d.Documents[i].Placed = placed
	}
}
