#!/bin/sh
# Makes the pictures of packets in this folder anew, from the made-up season. Wants bin/ejmx (make build) and poppler-utils.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bin/ejmx demo --out "$work/demo" --quiet >/dev/null
packet=$(ls "$work"/demo/postings/9012-*/packets/*620308.pdf) # one of its documents is damaged

# draw NAME PAGE [OPTION…] draws a page of the packet.
draw() {
	name=$1 page=$2
	shift 2
	pdftoppm -png -singlefile -f "$page" -l "$page" "$@" "$packet" "docs/pictures/$name"
}

placeholder=1
until pdftotext -f "$placeholder" -l "$placeholder" "$packet" - | grep -q '^This document cannot be shown here'; do
	placeholder=$((placeholder + 1))
done
draw cover 1 -r 64
draw contents 2 -r 64
draw placeholder "$placeholder" -r 64
draw running-line 6 -r 90 -x 0 -y 790 -W 744 -H 263 # the foot of a page of A4
