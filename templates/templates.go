// Package templates holds what gives ejmx's outputs their look and their limits: editions, HTML, style sheets, scripts
// and fonts, embedded in the program. A season folder may hold files of the same names, which then take their place.
package templates

import "embed"

// Editions holds the built-in editions: editions/NAME.toml.
//
//go:embed editions/*.toml
var Editions embed.FS
