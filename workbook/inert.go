package workbook

// Inert is anybody's words for a cell of a CSV file: what a spreadsheet program would take for a formula gets an apostrophe
// before it.
func Inert(words string) string { return inert(words) }
