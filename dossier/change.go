package dossier

import "github.com/ejmx/ejmx/ejm"

// Change is one thing that became different between two snapshots, as far as one edition may show it.
type Change struct {
	AppID  ejm.ID `json:"appid"`
	Name   string `json:"name"`             // of the applicant
	Item   string `json:"item"`             // what changed: "Letter Prof. Kim", "Current position", "" for the application itself
	What   string `json:"what"`             // in one word for people: "new", "arrived", "replaced", "changed", "withdrawn"
	Before string `json:"before,omitempty"` // "" where there was nothing
	After  string `json:"after,omitempty"`  // "" where there is nothing any more
}
