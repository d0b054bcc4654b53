package templates

import "embed"

// UI holds the pages, the style sheet and the script of the window: ui/NAME. They build on the site's style sheet.
//
//go:embed ui/*.html ui/*.css ui/*.js
var UI embed.FS
