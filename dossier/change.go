package dossier

import "github.com/ejmx/ejmx/ejm"

// Change is one thing that became different between two snapshots, as far as one edition may show it.
type Change struct {
	AppID  ejm.ID
	Name   string // of the applicant
	Item   string // what changed: "Letter Prof. Kim", "Current position", "" for the application itself
	What   string // in one word for people: "new", "arrived", "replaced", "changed", "withdrawn"
	Before string // "" where there was nothing
	After  string // "" where there is nothing any more
}
