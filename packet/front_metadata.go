package packet

import (
	"github.com/ejmx/ejmx/packet/pdf"
)

// metadata says what the packet is. It names nothing that the cover does not.
func (f *front) metadata() pdf.Metadata {
	name := f.dossier.Name.Full()
	about := f.posting.Edition.Title + " edition"
	if f.dossier.AppID != 0 {
		about = "Application " + f.dossier.AppID.String() + ", " + about
	}
	return pdf.Metadata{
		Title:   join([]string{name, f.posting.Title, f.posting.Institution}, " · "),
		Author:  name,
		Subject: about,
		Lang:    "en",
		Tool:    f.posting.Tool,
		Date:    f.dossier.AsOf,
	}
}

// catalog gives what the front matter adds to the catalog: metadata, language, structure, labels of pages. It ends the
// structure, so it comes after all pages are written. The catalog's pages and outline are the caller's.
func (f *front) catalog(w *pdf.Writer) pdf.Dict {
	return pdf.Dict{
		"Type":              pdf.Name("Catalog"),
		"Lang":              pdf.Text("en"),
		"Metadata":          f.metadata().PutXMP(w),
		"MarkInfo":          pdf.Dict{"Marked": pdf.Bool(true)},
		"StructTreeRoot":    f.tags.Close(),
		"PageLabels":        f.pageLabels(),
		"PageMode":          pdf.Name("UseOutlines"),
		"ViewerPreferences": pdf.Dict{"DisplayDocTitle": pdf.Bool(true)},
	}
}

// pageLabels names the pages (PDF 32000-1, 12.4.2): the cover and the contents by what they are, the documents' by the
// numbers that the running line and the contents give them.
func (f *front) pageLabels() pdf.Dict {
	labels := pdf.Array{
		pdf.Int(0),
		pdf.Dict{"P": pdf.Text("Cover")},
		pdf.Int(1),
		pdf.Dict{"P": pdf.Text("Contents")},
	}
	if len(f.pages) > 1 {
		labels[3] = pdf.Dict{"P": pdf.Text("Contents "), "S": pdf.Name("D")}
	}
	if f.total > f.pageCount() {
		labels = append(labels, pdf.Int(f.pageCount()), pdf.Dict{"S": pdf.Name("D"), "St": pdf.Int(f.pageCount() + 1)})
	}
	return pdf.Dict{"Nums": labels}
}
