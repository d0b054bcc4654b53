#!/bin/sh
# Builds one system's files once more, from a clone in another folder, and compares them with those of a folder that make dist
# made: the same commit gives the same bytes.
set -eu
made=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q "$(git rev-parse --show-toplevel)" "$work/elsewhere"
go -C "$work/elsewhere/dist" run . -targets "$2" -out "$work/made"
(cd "$work/made" && cat SHA256SUMS) | (cd "$made" && sha256sum --quiet --check -)
echo "built again, the same"
