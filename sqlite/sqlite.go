// Package sqlite writes what postings hold as one SQLite database, season.sqlite, for departments that feed it to systems of
// their own.
//
// [Write] takes postings that have passed an edition's gate, so what that edition keeps out is not in the file: its columns are
// empty, its rows are not there. The tables, one a concept, are described in docs/sql.md; their names, their columns and
// what these mean are what stays compatible, and a change that breaks it raises the file's user_version. The same input gives
// the same bytes.
package sqlite

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver

	"github.com/ejmx/ejmx/dossier"
)

// Posting is one posting, cut to an edition, with what is told of it beside its records.
type Posting struct {
	*dossier.Posting
	Changes []dossier.Change // as far as the edition may show them
	Since   string           // the snapshot they are told from; "" when there is none
	Folder  string           // of the posting's export, from where the database lies, with slashes; "" when there is none
}

//go:embed schema.sql
var schema string

// settings come before the first table: they lay out the file. Free space is overwritten with zeros, so that no byte of the
// file is left from something else. The file being built is thrown away when anything fails, so nothing of it need be durable,
// and what SQLite notes on the way stays in memory rather than in a folder of its choice.
const settings = `
PRAGMA page_size = 4096;
PRAGMA encoding = 'UTF-8';
PRAGMA secure_delete = ON;
PRAGMA journal_mode = MEMORY;
PRAGMA synchronous = OFF;
PRAGMA temp_store = MEMORY;
PRAGMA foreign_keys = ON;
PRAGMA application_id = 0x656a6d78; -- "ejmx"
PRAGMA user_version = 1;
`

// Write writes a database of postings, each of which may come once. Where two of them hold the same applicant or application,
// that of the first stands, so the newest snapshot should come first. One posting at a time is in memory.
//
// The database is built in a private folder within dir, which is removed before Write returns; it takes twice the database's
// size. An error of postings or of w ends it, as does the end of ctx.
func Write(ctx context.Context, w io.Writer, dir string, postings iter.Seq2[Posting, error]) (err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	private, err := os.MkdirTemp(dir, "database-") // mode 0700: SQLite itself makes files that anyone may read
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(private)) }()
	built, packed := filepath.Join(private, "built"), filepath.Join(private, "packed")
	if err := build(ctx, built, packed, postings); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	file, err := os.Open(packed)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}

// build makes a database under the name built and a copy without gaps under the name packed.
func build(ctx context.Context, built, packed string, postings iter.Seq2[Posting, error]) (err error) {
	db, err := sql.Open("sqlite", uri(built))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // settings hold for one connection
	if _, err := db.ExecContext(ctx, settings+schema); err != nil {
		return err
	}
	if err := fill(ctx, db, postings); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", uri(packed))
	return err
}

// uri names a file, by its absolute path, so that no character of its name means anything to SQLite (https://www.sqlite.org/uri.html).
func uri(name string) string {
	slashed := "/" + strings.TrimPrefix(filepath.ToSlash(name), "/") // /C:/…
	return (&url.URL{Scheme: "file", Path: slashed}).String()
}

// fill puts the postings' rows into the tables, all or none.
func fill(ctx context.Context, db *sql.DB, postings iter.Seq2[Posting, error]) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreDone(tx.Rollback()))
		}
	}()
	into, err := prepare(ctx, tx)
	if err != nil {
		return err
	}
	for p, err := range postings {
		if err != nil {
			return err
		}
		if err := into.posting(ctx, p); err != nil {
			return fmt.Errorf("posting %s: %w", p.PosID, err)
		}
	}
	return tx.Commit()
}

// ignoreDone passes over what Rollback says of a transaction that the end of its context has rolled back already.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}
