package exporter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/ejmx/ejmx/archive"
	"github.com/ejmx/ejmx/ledger"
)

// VerifiedExport is what [VerifyExport] read of an export, and everything wrong with it.
type VerifiedExport struct {
	Files  int
	Bytes  int64
	Faults []archive.Fault
}

// VerifyExport reads every packet and document that an export's report.json names and holds it against the SHA-256 there.
// Other files are people's own and no fault.
func VerifyExport(ctx context.Context, folder fs.FS, sink ledger.Sink) (v VerifiedExport, err error) {
	data, err := fs.ReadFile(folder, reportName)
	if err != nil {
		return v, err
	}
	var report Report
	if damage := json.Unmarshal(data, &report); damage != nil {
		v.Faults = append(v.Faults, archive.Fault{Kind: archive.Malformed, Path: reportName, Detail: damage.Error()})
		return v, nil //nolint:nilerr // the damage is a fault of the export, and among its faults
	}
	named := report.named()
	for _, f := range named {
		sink(ledger.Entry{Stage: ledger.Verify, Item: f.name, Outcome: ledger.Planned})
	}
	for _, f := range named {
		if ctx.Err() != nil {
			return v, context.Cause(ctx)
		}
		v.check(folder, f, sink)
	}
	return v, nil
}

// namedFile is a file that a report names; a size of 0 is not known.
type namedFile struct {
	name, sha string
	size      int64
}

// named lists the packets and documents that a report names.
func (r *Report) named() []namedFile {
	var files []namedFile
	for _, a := range r.Applications {
		if a.Packet != "" {
			files = append(files, namedFile{a.Packet, a.SHA256, 0})
		}
		for _, d := range a.Documents {
			if d.Path != "" {
				files = append(files, namedFile{d.Path, d.SHA256, d.Bytes})
			}
		}
	}
	return files
}

func (v *VerifiedExport) check(folder fs.FS, f namedFile, sink ledger.Sink) {
	sum, got, err := fileDigest(folder, f.name)
	fault := archive.Fault{Path: f.name}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fault.Kind, fault.Detail = archive.Missing, "report.json names it and it is not there"
	case err != nil:
		fault.Kind, fault.Detail = archive.Unread, err.Error()
	case f.size > 0 && got != f.size:
		fault.Kind, fault.Detail = archive.Changed, fmt.Sprintf("it has %d bytes, report.json says %d", got, f.size)
	case sum != f.sha:
		fault.Kind, fault.Detail = archive.Changed, "its SHA-256 is not the one in report.json"
	}
	if fault.Kind != "" {
		v.Faults = append(v.Faults, fault)
	}
	v.Files++
	v.Bytes += got
	sink(ledger.Entry{Stage: ledger.Verify, Item: f.name, Outcome: ledger.Done, Bytes: got})
}
