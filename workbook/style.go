package workbook

import "github.com/xuri/excelize/v2"

// The workbook's colours.
const (
	inkHeader    = "FFFFFF"
	fillHeader   = "1F3A5F" // what EJM says
	fillTypedTop = "B7791F" // the headers of what people type
	fillTyped    = "FFFBEB"
	inkLink      = "1D4ED8"
	lineGrid     = "D9DEE5"
	inkQuiet     = "64748B"
	fillCard     = "F1F5F9"
)

// The workbook's letters, the default of spreadsheets since 2007.
const (
	fontFamily = "Calibri"
	fontSize   = 11
)

// look is what tells the cells' styles apart.
type look struct {
	header bool
	typed  bool
	wrap   bool
	link   bool
	format format
	role   role // on the sheet Summary
}

// styles keeps a workbook's styles, each made once.
type styles struct {
	file  *excelize.File
	known map[look]int
	tones map[tone]int

	people map[styled]int // looks that people gave
}

func (s *styles) get(l look) (int, error) {
	if id, known := s.known[l]; known {
		return id, nil
	}
	style := l.style()
	if style.Font == nil {
		style.Font = &excelize.Font{}
	}
	style.Font.Family = fontFamily // a style without one falls back to some serif in LibreOffice
	if style.Font.Size == 0 {
		style.Font.Size = fontSize
	}
	id, err := s.file.NewStyle(style)
	if err == nil {
		s.known[l] = id
	}
	return id, err
}

func (l look) style() *excelize.Style {
	if l.role != plain {
		return l.role.style()
	}
	if l.header {
		fill := fillHeader
		if l.typed {
			fill = fillTypedTop
		}
		return &excelize.Style{
			Font: &excelize.Font{Bold: true, Color: inkHeader}, Fill: solid(fill),
			Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
			Border:    []excelize.Border{{Type: "right", Color: inkHeader, Style: 1}},
		}
	}
	style := &excelize.Style{
		Alignment: &excelize.Alignment{Vertical: "top", WrapText: l.wrap},
		Border:    []excelize.Border{{Type: "bottom", Color: lineGrid, Style: 1}},
	}
	if l.typed {
		style.Fill = solid(fillTyped)
	}
	if l.link {
		style.Font = &excelize.Font{Color: inkLink, Underline: "single"}
	}
	switch l.format {
	case integer:
		style.CustomNumFmt = new("#,##0")
		style.Alignment.Horizontal, style.Alignment.Indent = "right", 1
	case decimal:
		style.CustomNumFmt = new("0.00")
		style.Alignment.Horizontal, style.Alignment.Indent = "right", 1
	case identity:
		style.CustomNumFmt = new("0")
		style.Alignment.Horizontal, style.Alignment.Indent = "right", 1
	case day:
		style.CustomNumFmt = new("yyyy-mm-dd")
		style.Alignment.Horizontal = "left"
	case moment:
		style.CustomNumFmt = new("yyyy-mm-dd hh:mm")
		style.Alignment.Horizontal = "left"
	}
	return style
}

// typed gives the style of a cell as a person left it. Where they chose no colour, it looks like the others of its column.
func (s *styles) typed(style *excelize.Style, c *column) (int, error) {
	key := styled{style: style}
	if c != nil {
		key.ours, key.typed, key.wrap = true, c.typed, c.wrap
	}
	if id, known := s.people[key]; known {
		return id, nil
	}
	look := *style
	if c != nil {
		if len(look.Fill.Color) == 0 && c.typed {
			look.Fill = solid(fillTyped)
		}
		if len(look.Border) == 0 {
			look.Border = []excelize.Border{{Type: "bottom", Color: lineGrid, Style: 1}}
		}
		if look.Alignment == nil {
			look.Alignment = &excelize.Alignment{Vertical: "top", WrapText: c.wrap}
		}
	}
	id, err := s.file.NewStyle(&look)
	if err != nil {
		return 0, err
	}
	if s.people == nil {
		s.people = map[styled]int{}
	}
	s.people[key] = id
	return id, nil
}

// styled is a look that a person gave to cells, and the kind of column they stand in.
type styled struct {
	style             *excelize.Style
	ours, typed, wrap bool
}

func solid(colour string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
}

// tone gives the style of a rule's colour.
func (s *styles) tone(t tone) (int, error) {
	if id, known := s.tones[t]; known {
		return id, nil
	}
	ink, fill := "92400E", "FEF3C7"
	if t == toneProblem {
		ink, fill = "991B1B", "FEE2E2"
	}
	id, err := s.file.NewConditionalStyle(&excelize.Style{Font: &excelize.Font{Color: ink}, Fill: solid(fill)})
	if err != nil {
		return 0, err
	}
	if s.tones == nil {
		s.tones = map[tone]int{}
	}
	s.tones[t] = id
	return id, nil
}
