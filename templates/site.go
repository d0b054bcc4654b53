package templates

import "embed"

// Site holds the pages, the style sheet and the scripts of the offline site: site/NAME.
//
//go:embed site/*.html site/*.css site/*.js
var Site embed.FS
