package typeset

import (
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"

	"github.com/ejmx/ejmx/templates"
)

// family is one font, in one weight or two, and the scripts it is for.
type family struct {
	regular, bold *fontFile // bold is nil where the weight is drawn by thickening
	scripts       []language.Script
}

// fontFile is a font of the program's own, read when it is first needed: starting the program parses none.
type fontFile struct {
	name string
	load func() *parsedFont
}

// parsedFont is a font ready for shaping and subsetting. It is safe for concurrent use.
type parsedFont struct {
	*font.Font
	glyphs *glyphTables
}

func embedded(name string) *fontFile {
	return &fontFile{name: name, load: sync.OnceValue(func() *parsedFont {
		parsed, err := openFont(name)
		if err != nil {
			panic(fmt.Sprintf("typeset: the program's own font %s: %v", name, err))
		}
		return parsed
	})}
}

func openFont(name string) (*parsedFont, error) {
	file, err := templates.Fonts.Open("fonts/" + name + ".ttf")
	if err != nil {
		return nil, err
	}
	resource, ok := file.(interface {
		io.ReadSeeker
		io.ReaderAt
	})
	if !ok {
		return nil, fmt.Errorf("%T cannot be read at random", file)
	}
	loader, err := opentype.NewLoader(resource)
	if err != nil {
		return nil, err
	}
	shaped, err := font.NewFont(loader)
	if err != nil {
		return nil, err
	}
	glyphs, err := readGlyphTables(loader)
	if err != nil {
		return nil, err
	}
	return &parsedFont{Font: shaped, glyphs: glyphs}, nil
}

// The families, in the order in which they are asked for a script.
var (
	base    = noto("NotoSans", true, language.Latin, language.Greek, language.Cyrillic)
	symbols = only("DejaVuSans", language.Lao)
	han     = only("DroidSansFallbackFull", language.Han, language.Hiragana, language.Katakana, language.Bopomofo)

	families = []*family{
		base,
		noto("NotoSansArabic", true, language.Arabic),
		noto("NotoSansHebrew", true, language.Hebrew),
		noto("NotoSansDevanagari", true, language.Devanagari),
		noto("NotoSansArmenian", false, language.Armenian),
		noto("NotoSansGeorgian", false, language.Georgian),
		noto("NotoSansBengali", false, language.Bengali),
		noto("NotoSansGurmukhi", false, language.Gurmukhi),
		noto("NotoSansGujarati", false, language.Gujarati),
		noto("NotoSansTamil", false, language.Tamil),
		noto("NotoSansTelugu", false, language.Telugu),
		noto("NotoSansKannada", false, language.Kannada),
		noto("NotoSansMalayalam", false, language.Malayalam),
		noto("NotoSansSinhala", false, language.Sinhala),
		noto("NotoSansThai", false, language.Thai),
		noto("NotoSansKhmer", false, language.Khmer),
		noto("NotoSansMyanmar", false, language.Myanmar),
		noto("NotoSansEthiopic", false, language.Ethiopic),
		noto("NotoSansThaana", false, language.Thaana),
		only("NanumSquareR", language.Hangul),
		han,
		symbols,
	}
)

// only gives a family of one weight.
func only(name string, scripts ...language.Script) *family {
	return &family{regular: embedded(name), scripts: scripts}
}

func noto(name string, hasBold bool, scripts ...language.Script) *family {
	f := &family{regular: embedded(name + "-Regular"), scripts: scripts}
	if hasBold {
		f.bold = embedded(name + "-Bold")
	}
	return f
}

// fontmap chooses the font of each character, in one weight. It is what the shaping library asks.
type fontmap struct {
	press  *press
	bold   bool
	script language.Script
}

// SetScript says which script the next characters belong to; those that many scripts share belong to their neighbours'.
func (m *fontmap) SetScript(s language.Script) { m.script = s }

// ResolveFace gives the first face that has the character: the script's own, then the base, symbols, Han. Where none has it the base shows its box for a missing glyph.
func (m *fontmap) ResolveFace(r rune) *font.Face {
	order := [...]*family{base, familyOf(m.script), symbols, han}
	if own := order[1]; own != nil && (r >= firstWide || !isEast(m.script)) {
		order[0], order[1] = own, base
	}
	for _, f := range order {
		if f == nil {
			continue
		}
		if face := m.press.cut(f, m.bold); face.has(r) {
			return face.Face
		}
	}
	return m.press.cut(base, m.bold).Face
}

// firstWide is where characters begin that East Asian text has in a width and shape of its own. Those before, its digits
// and Latin letters, are better in the base.
const firstWide = 0x2E80

func isEast(s language.Script) bool {
	return s == language.Hangul || slices.Contains(han.scripts, s)
}

func familyOf(s language.Script) *family {
	if i := slices.IndexFunc(families, func(f *family) bool { return slices.Contains(f.scripts, s) }); i >= 0 {
		return families[i]
	}
	return nil
}
