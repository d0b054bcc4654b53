#!/bin/sh
# Runs one fuzz target, PACKAGE NAME, for FUZZTIME. An input that fails is written into the package's testdata and fails again
# at once; what fails but once was the fuzzer itself, which a busy machine can keep from ending in time.
package=$1 target=$2
try() { out=$(${GO:-go} test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-15s}" -parallel 1 "$package" 2>&1); }
if try || try; then
	echo "$package $target: $(echo "$out" | grep -o 'execs: [0-9]*' | tail -1)"
else
	echo "$package $target"
	echo "$out"
	exit 255 # ends xargs
fi
