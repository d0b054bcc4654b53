package dossier

import (
	"io/fs"
	"path"
	"strings"

	"github.com/ejmx/ejmx/ejm"
)

// documentFS opens the documents that a gate let through, by Document.Content, and nothing else: not even a listing.
type documentFS struct {
	open  func(kind ejm.Kind, blobid ejm.ID) (fs.File, error)
	names map[string]blobName
}

type blobName struct {
	kind   ejm.Kind
	blobid ejm.ID
}

// newDocumentFS opens the documents of some dossiers.
func newDocumentFS(open func(kind ejm.Kind, blobid ejm.ID) (fs.File, error), dossiers []*Dossier) documentFS {
	names := map[string]blobName{}
	for _, d := range dossiers {
		for i := range d.Documents {
			if doc := &d.Documents[i]; doc.Content != "" {
				names[doc.Content] = blobName{doc.Kind, doc.BlobID}
			}
		}
	}
	return documentFS{open, names}
}

// contentName is the name of a document's bytes: "file/77123".
func contentName(kind ejm.Kind, blobid ejm.ID) string {
	return path.Join(string(kind), blobid.String())
}

// Open opens a document by its Content.
func (f documentFS) Open(name string) (fs.File, error) {
	blob, shown := f.names[name]
	if !shown {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return f.open(blob.kind, blob.blobid)
}

// extensions are what a document's original is called by its media type, where its own name has no usable extension.
var extensions = map[string]string{
	"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/tiff": ".tif",
	"text/plain": ".txt", "application/rtf": ".rtf", "text/rtf": ".rtf", "application/msword": ".doc", "application/zip": ".zip",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
	"application/vnd.oasis.opendocument.text":                                 ".odt",
}

// harmless are the extensions that an original keeps from its sender. Anything else gets .bin, so that a double click on
// an applicant's file never starts a program.
var harmless = map[string]bool{
	".pdf": true, ".jpg": true, ".jpeg": true, ".png": true, ".gif": true, ".tif": true, ".tiff": true, ".txt": true, ".rtf": true,
	".doc": true, ".docx": true, ".odt": true, ".tex": true, ".csv": true, ".xls": true, ".xlsx": true, ".ods": true, ".ppt": true,
	".pptx": true, ".odp": true, ".zip": true, ".gz": true, ".mp3": true, ".mp4": true, ".mov": true, ".bib": true, ".md": true, ".ps": true,
}

// extension is the extension that a document's original gets.
func extension(d *Document) string {
	if own := strings.ToLower(path.Ext(d.FileName)); harmless[own] {
		return own
	}
	mediaType, _, _ := strings.Cut(strings.ToLower(d.MediaType), ";")
	if known := extensions[strings.TrimSpace(mediaType)]; known != "" {
		return known
	}
	if d.MediaType == "" && d.FileName == "" {
		return ".pdf" // EJM takes PDFs; a document it says nothing of is one
	}
	return ".bin"
}

// Extension is the extension that a document's original gets by its own name and media type, which are not to be trusted:
// ".pdf", and ".bin" for what a double click might start.
func Extension(fileName, mediaType string) string {
	return extension(&Document{FileName: fileName, MediaType: mediaType})
}
