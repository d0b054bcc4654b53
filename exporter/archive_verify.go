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
	if err := json.Unmarshal(data, &report); err != nil {
		v.Faults = append(v.Faults, archive.Fault{Kind: archive.Malformed, Path: reportName, Detail: err.Error()})
		return v, nil
	}
	for _, a := range report.Applications {
		if a.Packet != "" {
			v.check(folder, a.Packet, a.SHA256, 0, sink)
		}
		for _, d := range a.Documents {
			if d.Path != "" {
				v.check(folder, d.Path, d.SHA256, d.Bytes, sink)
			}
		}
		if ctx.Err() != nil {
			return v, context.Cause(ctx)
		}
	}
	return v, nil
}

// check reads one file; a size of 0 is not known.
func (v *VerifiedExport) check(folder fs.FS, name, sha string, size int64, sink ledger.Sink) {
	sum, got, err := fileDigest(folder, name)
	fault := archive.Fault{Path: name}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fault.Kind, fault.Detail = archive.Missing, "report.json names it and it is not there"
	case err != nil:
		fault.Kind, fault.Detail = archive.Unread, err.Error()
	case size > 0 && got != size:
		fault.Kind, fault.Detail = archive.Changed, fmt.Sprintf("it has %d bytes, report.json says %d", got, size)
	case sum != sha:
		fault.Kind, fault.Detail = archive.Changed, "its SHA-256 is not the one in report.json"
	}
	if fault.Kind != "" {
		v.Faults = append(v.Faults, fault)
	}
	v.Files++
	v.Bytes += got
	sink(ledger.Entry{Stage: ledger.Verify, Item: name, Outcome: ledger.Done, Bytes: got})
}
