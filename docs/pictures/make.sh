#!/bin/sh
# Makes the pictures in this folder anew, from the made-up season (make screenshots). Wants Go, chromium, LibreOffice and
# poppler-utils.
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

# The site, the window and the workbook.
posting=$(echo "$work"/demo/postings/9012-*/)
export EJMX_SCREENSHOTS=$PWD/docs/pictures EJMX_DEMO=$posting
go test -tags pictures ./site -count=1 -run TestPictures
go test -tags pictures ./ui -count=1 -run TestPicture
soffice "-env:UserInstallation=file://$work/profile" --headless --convert-to pdf --outdir "$work" "$posting/summary.xlsx" >/dev/null
# The second page is the sheet Candidates, wide and so small; the picture is its beginning.
pdftoppm -png -singlefile -f 2 -l 2 -r 600 -x 360 -y 290 -W 1500 -H 380 "$work/summary.pdf" docs/pictures/workbook
