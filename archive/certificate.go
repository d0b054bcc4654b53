package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"
)

// Certificate says what was disposed of, by whom and under which rule. It holds no personal data of applicants: counts and
// checksums, no names, no file names.
type Certificate struct {
	Schema       int               `json:"schema"`      // 1
	Name         string            `json:"certificate"` // "disposal-20261124T142000Z", also its file's
	Organization string            `json:"organization"`
	Postings     []DisposedPosting `json:"postings"`
	By           string            `json:"by"`      // who gave the order, as they said; "" when they did not
	Account      string            `json:"account"` // the computer's account that it was done with
	Began        time.Time         `json:"began"`   // UTC
	Time         time.Time         `json:"time"`    // UTC: when it was verified that nothing remains
	Tool         string            `json:"tool"`    // "ejmx 0.1.0"
	Totals       DisposedTotal     `json:"totals"`  // what was deleted
	SHA256       []string          `json:"sha256"`  // of each document and archive deleted, sorted, hex
	Digest       string            `json:"sha256_digest"`
	Shared       int               `json:"documents_needed_by_other_postings"` // and so not deleted
	Remaining    []Remaining       `json:"copies_elsewhere"`
	NotExamined  int               `json:"files_not_examined"` // in the season's folder, put there by people
	Previous     string            `json:"register_previous"`  // SHA-256 of the register's line before the certificate's
}

// DisposedPosting is a posting that was disposed of.
type DisposedPosting struct {
	Posting      string `json:"posid"`
	Title        string `json:"title"`
	Closed       string `json:"closed"` // 2024-11-24
	Keep         string `json:"keep"`   // "2y", from its close
	Due          string `json:"due"`    // 2026-11-24
	Applications int    `json:"applications"`
}

// DisposedTotal counts what was deleted. Documents, archives and files are counted once each, in one of the three.
type DisposedTotal struct {
	Applications int   `json:"applications"`
	Documents    int   `json:"documents"` // of applicants and recommenders, every version
	Archives     int   `json:"archives"`
	Files        int   `json:"files"` // exports, and what else was made of the documents
	Bytes        int64 `json:"bytes"` // of documents, archives and files
}

// Remaining is a copy of what was disposed of that the register or the season knows and that was not deleted.
type Remaining struct {
	What   string `json:"what"`             // "archive" or "export"
	Name   string `json:"name"`             // of the archive's file
	SHA256 string `json:"sha256,omitempty"` // of the archive's file
	Place  string `json:"place"`            // a folder, or a URL without credentials
	Why    string `json:"why"`              // for people
}

// Seal brings the list of checksums into order and takes its digest: the SHA-256 of the sorted checksums, in hexadecimal,
// each followed by a line feed.
func (c *Certificate) Seal() {
	c.Schema, c.Began, c.Time = 1, c.Began.UTC(), c.Time.UTC()
	c.SHA256 = slices.Compact(slices.Sorted(slices.Values(c.SHA256)))
	var list strings.Builder
	for _, sum := range c.SHA256 {
		list.WriteString(sum + "\n")
	}
	digest := sha256.Sum256([]byte(list.String()))
	c.Digest = hex.EncodeToString(digest[:])
}

// WriteJSON writes the certificate as JSON; the same certificate gives the same bytes.
func (c *Certificate) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(c)
}
