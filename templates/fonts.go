package templates

import "embed"

// Fonts holds the fonts that packets and other PDFs are set in: fonts/*.ttf, with their licences beside them.
//
//go:embed fonts/*.ttf
var Fonts embed.FS
