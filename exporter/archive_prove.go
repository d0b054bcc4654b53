package exporter

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"strings"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ledger"
	"github.com/ejmx/ejmx/mirror"
)

// VerifyArchive is [archive.Verify], which proves any bag, and for a season's archive more: that what its index and the
// reports in it say of documents and packets, and what EJM said of them, is true of the bytes that are there.
func VerifyArchive(ctx context.Context, name string, o archive.Options, sink ledger.Sink) (*archive.Report, error) {
	p := &proof{sums: map[string]hash.Hash{}, reports: map[string]*bytes.Buffer{}}
	o.Also = p.also
	report, err := archive.Verify(ctx, name, o, sink)
	if err != nil || !report.OK() || !report.Own() {
		return report, err
	}
	if p.index.Len() > 0 {
		p.checkIndex(report)
	}
	for name, text := range p.reports {
		p.checkReport(report, name, text.Bytes())
	}
	return report, nil
}

// proof is what is kept of an archive while it is read.
type proof struct {
	index   bytes.Buffer
	reports map[string]*bytes.Buffer // by name
	sums    map[string]hash.Hash     // SHA-1 of everything else, by name from data/
}

func (p *proof) also(name string) io.Writer {
	inner, ofPayload := strings.CutPrefix(name, "data/")
	switch {
	case !ofPayload:
		return nil
	case inner == indexFile:
		return &p.index
	case path.Base(inner) == reportName:
		p.reports[inner] = &bytes.Buffer{}
		return p.reports[inner]
	case strings.Contains(inner, documentsFolder+"/"):
		p.sums[inner] = sha1.New()
		return p.sums[inner]
	}
	return nil
}

func (p *proof) checkIndex(report *archive.Report) {
	fault := func(kind archive.Kind, name, detail string) {
		report.Faults = append(report.Faults, archive.Fault{Kind: kind, Path: "data/" + name, Detail: detail})
	}
	lines := json.NewDecoder(bufio.NewReader(&p.index))
	for {
		var line IndexLine
		var blob mirror.Blob
		err := lines.Decode(&line)
		if errors.Is(err, io.EOF) {
			return
		}
		if err == nil {
			err = json.Unmarshal(line.Blob, &blob)
		}
		if err != nil {
			fault(archive.Malformed, indexFile, err.Error())
			return
		}
		sum := p.sums[line.Path]
		switch {
		case sum == nil:
			fault(archive.Missing, line.Path, indexFile+" names it")
		case report.SHA256("data/"+line.Path) != blob.SHA256 || hex.EncodeToString(sum.Sum(nil)) != blob.SHA1:
			fault(archive.Changed, line.Path, fmt.Sprintf("it is not the %s %s that was fetched", blob.Kind, blob.BlobID))
		case blob.Suspect():
			report.Warnings = append(report.Warnings, archive.Fault{
				Kind: archive.Changed, Path: "data/" + line.Path, Detail: "EJM sent these bytes, and says that they have another SHA-1",
			})
		}
	}
}

// checkReport holds what lies in an export's folder against its report. A document may lie in another export's.
func (p *proof) checkReport(report *archive.Report, name string, text []byte) {
	var of Report
	if err := json.Unmarshal(text, &of); err != nil {
		report.Faults = append(report.Faults, archive.Fault{Kind: archive.Malformed, Path: "data/" + name, Detail: err.Error()})
		return
	}
	for _, a := range of.Applications {
		if a.Packet == "" {
			continue
		}
		packet := "data/" + path.Join(path.Dir(name), a.Packet)
		if held := report.SHA256(packet); held != a.SHA256 {
			report.Warnings = append(report.Warnings, archive.Fault{
				Kind: archive.Changed, Path: packet, Detail: "the packet is not the one its report.json names: somebody wrote into it or took it away",
			})
		}
	}
}
