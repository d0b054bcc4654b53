#!/bin/sh
# Runs each fuzz target of one package for FUZZTIME; a package without any is done at once. An input that fails is written into
# the package's testdata and fails again at once; what fails but once was the fuzzer itself, which a busy machine can keep from
# ending in time. Each input that reaches something new would be made smaller for up to a minute, in which a large file is tried
# no further: a few attempts at that must do.
go=${GO:-go} package=$1
dir=$($go list -f '{{.Dir}}' "$package")
grep -qs '^func Fuzz' "$dir"/*_test.go || exit 0
binary=$(mktemp) && trap 'rm -f "$binary"' EXIT
# 255 ends xargs.
$go test -c -vet=off -fuzz=. -o "$binary" "$package" || exit 255
cd "$dir" || exit 255
try() {
	out=$("$binary" -test.run '^$' -test.fuzz "^$1\$" -test.fuzztime "${FUZZTIME:-15s}" -test.fuzzminimizetime 50x \
		-test.parallel 1 -test.fuzzcachedir "$($go env GOCACHE)/fuzz/$package" 2>&1)
}
for target in $("$binary" -test.list '^Fuzz'); do
	if try "$target" || try "$target"; then
		echo "$package $target: $(echo "$out" | grep -o 'execs: [0-9]*' | tail -1)"
	else
		echo "$package $target"
		echo "$out"
		exit 255
	fi
done
