package mirror

import (
	"cmp"
	"errors"
	"slices"

	"github.com/ejmx/ejmx/ejm"
)

// Reference names a document of the mirror.
type Reference struct {
	Kind   ejm.Kind
	BlobID ejm.ID
}

// Belongings are what any snapshot says is a posting's. A document may belong to several postings.
type Belongings struct {
	Title        string
	Applications map[ejm.ID]bool
	Documents    map[Reference]bool // listed, whether or not the mirror has them
	Snapshots    int                // that tell of it
}

// Inventory is what the snapshots tell of, by posting.
type Inventory map[ejm.ID]*Belongings

// Inventory reads what belongs to each posting from the registers of all snapshots, or where a snapshot has none from its
// applications.
func (m *Mirror) Inventory() (Inventory, error) {
	inventory := Inventory{}
	snapshots, err := m.Snapshots()
	if err != nil {
		return nil, err
	}
	for _, s := range snapshots {
		for id, state := range s.Postings {
			of := inventory.of(id)
			of.Title = cmp.Or(state.Title, of.Title)
			of.Snapshots++
		}
		if _, registered := s.Files[Documents]; registered {
			err = inventory.addRegister(s)
		} else {
			err = inventory.addApplications(s)
		}
		if err != nil {
			return nil, err
		}
	}
	return inventory, nil
}

func (i Inventory) of(posting ejm.ID) *Belongings {
	if i[posting] == nil {
		i[posting] = &Belongings{Applications: map[ejm.ID]bool{}, Documents: map[Reference]bool{}}
	}
	return i[posting]
}

func (i Inventory) addRegister(s *Snapshot) error {
	for v, err := range Records[Version](s, Documents) {
		if err != nil {
			return err
		}
		of := i.of(v.PosID)
		of.Applications[v.AppID] = true
		if v.Kind != KindApplication && v.BlobID != 0 {
			of.Documents[Reference{v.Kind, v.BlobID}] = true
		}
	}
	return nil
}

func (i Inventory) addApplications(s *Snapshot) error {
	for a, err := range Records[ejm.Application](s, Applications) {
		if err != nil {
			return err
		}
		of := i.of(a.PosID)
		of.Applications[a.AppID] = true
		for _, f := range a.Files {
			if f.BlobID != 0 {
				of.Documents[Reference{ejm.KindFile, f.BlobID}] = true
			}
		}
		for _, r := range a.Recommendations {
			if r.BlobID != 0 {
				of.Documents[Reference{ejm.KindLetter, r.BlobID}] = true
			}
		}
	}
	return nil
}

// Needed gives the documents that belong to any posting but those given.
func (i Inventory) Needed(without map[ejm.ID]bool) map[Reference]bool {
	needed := map[Reference]bool{}
	for posting, of := range i {
		for d := range of.Documents {
			needed[d] = needed[d] || !without[posting]
		}
	}
	for d, still := range needed {
		if !still {
			delete(needed, d)
		}
	}
	return needed
}

// Stored gives the documents that the mirror has, in a fixed order.
func (m *Mirror) Stored() ([]Reference, error) {
	var all []Reference
	for _, kind := range []ejm.Kind{ejm.KindFile, ejm.KindLetter} {
		for blobid, err := range m.stored(kind) {
			if _, ok := errors.AsType[*strayError](err); ok {
				continue // no document; Verify tells of it
			}
			if err != nil {
				return nil, err
			}
			all = append(all, Reference{kind, blobid})
		}
	}
	slices.SortFunc(all, func(a, b Reference) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.BlobID, b.BlobID))
	})
	return all, nil
}
