//go:build race

package torture_test

// underRace: the detector looks at this process, and it is another that is tried.
const underRace = true
