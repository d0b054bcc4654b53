// Package lazy makes at its first use what a package would make before the program begins: each of these takes little, all
// together they are what somebody waits for who only asks for help.
package lazy

import (
	"regexp"
	"sync"
)

// Pattern compiles a regular expression when it is first asked for. One that is none panics then.
func Pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
