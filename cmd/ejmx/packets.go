package main

import (
	"context"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ejmx/ejmx/dossier"
	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/exporter"
)

// packetsOptions are the flags of ejmx packets.
type packetsOptions struct {
	exportOptions
	appids []int64
	since  string
}

func newPackets(e *env) *cobra.Command {
	var o packetsOptions
	c := &cobra.Command{
		Use:   "packets --posting ID… | --all",
		Short: "Make packets from the mirror alone: for another edition, or of some candidates",
		Long: `Packets makes what an edition may show of a posting from the mirror, without asking EJM: packets, workbook and report, in
the posting's folder for that edition. With --appid or --since only some candidates are in it; these go into a folder of
their own, ending in .selection.

With --booklet all chosen candidates are also in one PDF, booklet.pdf, with a contents page. --shuffle N gives reader number
N an order of their own: each reader begins with other candidates, so that nobody is always read last. With --interviews
there is a booklet for each day of a conference, in the order of the schedule.`,
		Example: `  ejmx packets --posting 9012 --edition no-letters
  ejmx packets --posting 9012 --appid 620310,620311
  ejmx packets --posting 9012 --since 2026-11-20
  ejmx packets --posting 9012 --booklet --shuffle 3 --out ~/reader-3
  ejmx packets --posting 9012 --interviews 41`,
		RunE: func(c *cobra.Command, _ []string) error { return runPackets(c.Context(), e, &o) },
	}
	o.sharedFlags(c)
	o.outputFlags(c)
	o.postings.add(c)
	c.Flags().Int64SliceVar(&o.appids, "appid", nil, "only these applications")
	c.Flags().StringVar(&o.since, "since", "", "only applications that changed since a day (2026-11-20) or a snapshot (20261120T090000Z)")
	c.Flags().BoolVar(&o.booklets.All, "booklet", false, "all chosen candidates in one PDF too")
	c.Flags().Uint64Var(&o.booklets.Shuffle, "shuffle", 0, "a reader's number, for a booklet in an order of their own")
	c.Flags().Int64Var((*int64)(&o.booklets.Conference), "interviews", 0, "a conference's id: a booklet for each day of its interviews")
	c.Flags().IntVar(&o.pdfWorkers, "pdf-workers", runtime.NumCPU(), "processes that merge PDFs")
	return c
}

func runPackets(ctx context.Context, e *env, o *packetsOptions) error {
	o.offline, o.keepOthers = true, true
	since, err := moment(o.since)
	if err != nil {
		return err
	}
	if len(o.appids) > 0 || since != "" {
		o.only = func(season *exporter.Season, posid ejm.ID, edition *dossier.Edition) (func(*dossier.Dossier) bool, error) {
			return o.chosen(season, posid, edition, since)
		}
	}
	return runExport(ctx, e, &o.exportOptions)
}

// chosen gives the test for the applications that the flags ask for.
func (o *packetsOptions) chosen(season *exporter.Season, posid ejm.ID, edition *dossier.Edition, since string) (func(*dossier.Dossier) bool, error) {
	changed := map[ejm.ID]bool{}
	if since != "" {
		from, _, changes, err := exporter.Changes(season, posid, edition, since)
		if err != nil {
			return nil, err
		}
		if from == "" {
			since = "" // nothing is older: everybody is new since then
		}
		for _, c := range changes {
			changed[c.AppID] = true
		}
	}
	return func(d *dossier.Dossier) bool {
		return (len(o.appids) == 0 || slices.Contains(o.appids, int64(d.AppID))) && (since == "" || changed[d.AppID])
	}, nil
}
