package exporter

import (
	"slices"

	"github.com/ejmx/ejmx/ejm"
	"github.com/ejmx/ejmx/mirror"
)

// lastAd gives a posting's advertisement as a snapshot has it, or as the latest one before it did: EJM's feed has open
// postings only, and what institution a committee works for does not change when its posting closes. The zero Ad says that
// there was none.
func lastAd(m *mirror.Mirror, at *mirror.Snapshot, posid ejm.ID) (ejm.Ad, error) {
	ad, err := adIn(at, posid)
	if err != nil || ad.PosID() == posid {
		return ad, err
	}
	snapshots, err := m.Snapshots()
	if err != nil {
		return ejm.Ad{}, err
	}
	for _, s := range slices.Backward(snapshots) {
		if s.ID >= at.ID {
			continue
		}
		if ad, err := adIn(s, posid); err != nil || ad.PosID() == posid {
			return ad, err
		}
	}
	return ejm.Ad{}, nil
}

func adIn(s *mirror.Snapshot, posid ejm.ID) (ejm.Ad, error) {
	for ad, err := range mirror.Records[ejm.Ad](s, mirror.Ads) {
		if err != nil || ad.PosID() == posid {
			return ad, err
		}
	}
	return ejm.Ad{}, nil
}
