package pdf

// Bookmark is an entry of the outline (12.3.3): a title that leads to a place on a page, and what lies under it.
type Bookmark struct {
	Title string
	Page  Ref
	Top   float64 // the height on the page that should be at the top of the window
	Kids  []Bookmark
}

// PutOutline writes an outline for the catalog's Outlines entry, with the first level open and the others closed. An
// empty one gives 0.
func (w *Writer) PutOutline(marks []Bookmark) Ref {
	if len(marks) == 0 {
		return 0
	}
	root := w.Alloc()
	first, last := w.putBookmarks(root, marks)
	w.Put(root, Dict{"Type": Name("Outlines"), "First": first, "Last": last, "Count": Int(len(marks))})
	return root
}

func (w *Writer) putBookmarks(parent Ref, marks []Bookmark) (first, last Ref) {
	refs := make([]Ref, len(marks))
	for i := range refs {
		refs[i] = w.Alloc()
	}
	for i, mark := range marks {
		d := Dict{"Title": Text(mark.Title), "Parent": parent, "Dest": Destination(mark.Page, mark.Top)}
		if i > 0 {
			d["Prev"] = refs[i-1]
		}
		if i+1 < len(marks) {
			d["Next"] = refs[i+1]
		}
		if len(mark.Kids) > 0 {
			kidsFirst, kidsLast := w.putBookmarks(refs[i], mark.Kids)
			d["First"], d["Last"] = kidsFirst, kidsLast
			d["Count"] = Int(-len(mark.Kids))
		}
		w.Put(refs[i], d)
	}
	return refs[0], refs[len(refs)-1]
}

// Destination is a place on a page (12.3.2.2), shown at the zoom the reader has.
func Destination(page Ref, top float64) Array {
	return Array{page, Name("XYZ"), Null{}, Real(top), Null{}}
}
