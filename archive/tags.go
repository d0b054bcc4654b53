package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"time"
)

type tagFile struct{ name, text string }

// tagFiles gives the files that make a folder a bag, the tag manifest last.
func tagFiles(files []payloadFile, info Info, sum Summary) []tagFile {
	var manifest strings.Builder
	for _, f := range files {
		fmt.Fprintf(&manifest, "%s  data/%s\n", f.sha256, f.name)
	}
	tags := []tagFile{
		{"README.txt", fmt.Sprintf(readme, oneLine(info.Description), info.Base)},
		{"bag-info.txt", bagInfo(info, sum)},
		{"bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"},
		{"manifest-sha256.txt", manifest.String()},
	}
	var tagManifest strings.Builder
	for _, t := range tags {
		digest := sha256.Sum256([]byte(t.text))
		fmt.Fprintf(&tagManifest, "%s  %s\n", hex.EncodeToString(digest[:]), t.name)
	}
	return append(tags, tagFile{"tagmanifest-sha256.txt", tagManifest.String()})
}

func bagInfo(info Info, sum Summary) string {
	fields := []Field{
		{"Source-Organization", info.Organization},
		{"External-Description", info.Description},
		{"External-Identifier", info.Identifier},
		{"Bagging-Date", info.Made.UTC().Format(time.DateOnly)},
		{"Bag-Software-Agent", info.Tool},
		{"Payload-Oxum", fmt.Sprintf("%d.%d", sum.Bytes, sum.Files)},
	}
	fields = append(fields, info.Fields...)
	for _, m := range info.Missing {
		fields = append(fields, Field{"Missing", m})
	}
	var text strings.Builder
	for _, f := range fields {
		if value := oneLine(f.Value); value != "" {
			fmt.Fprintf(&text, "%s: %s\n", f.Label, value)
		}
	}
	return text.String()
}

// oneLine keeps a value from starting a line of its own.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

const readme = `What this is

An archive of job applications from EconJobMarket, made by ejmx:
%s

The folder %s is a BagIt 1.0 bag (RFC 8493). The archived files are in data/; bag-info.txt says where they come from,
when, and what is missing, if anything is.

How to check it without ejmx

Unpack it with any program, open a terminal in the folder, and run one of
    sha256sum -c --quiet manifest-sha256.txt tagmanifest-sha256.txt      (Linux)
    shasum -a 256 -c manifest-sha256.txt tagmanifest-sha256.txt          (macOS)
    bagit.py --validate .                                               (Python, the bagit package)
Each line of manifest-sha256.txt is a file's SHA-256 and its name.

How to find a document

data/postings has a folder for each posting as it was exported: index.html opens in a browser, packets/ has one PDF for each
candidate, documents/ the originals, summary.xlsx the list of candidates. Documents that no export shows, such as letters that
were replaced, are in data/documents, by candidate. data/documents.jsonl has one line for every document: where it lies, and
which application and posting it belongs to; search it for an application's number.

data/records has a folder for each time that the records were fetched. Each file in it is a list as the EconJobMarket API sent
it, one record a line (JSON Lines), in UTF-8.

"ejmx restore" makes a working folder of it all. The format is described in docs/archive.md of ejmx's source,
https://github.com/ejmx/ejmx.
`

func textEntry(name, text string) Entry {
	return Entry{
		Name: name, Size: int64(len(text)), CRC32: crc32.ChecksumIEEE([]byte(text)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
	}
}
