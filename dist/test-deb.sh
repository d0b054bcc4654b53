#!/bin/sh
# Installs the Debian package of a folder that make dist made, uses it, and removes it. It needs root, and changes the machine:
# for CI.
set -eu
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sha256sum --quiet --check SHA256SUMS
dpkg -i ejmx_*_linux_"$(dpkg --print-architecture)".deb
ejmx version
for page in ejmx ejmx-export ejmx-archive; do
	test -s "/usr/share/man/man1/$page.1" || { echo "no manual page $page"; exit 1; }
done
bash -n /usr/share/bash-completion/completions/ejmx
test "$(stat -c '%a %U' /etc/ejmx)" = "700 root" || { echo "/etc/ejmx is not root's alone"; exit 1; }
if command -v systemd-analyze >/dev/null; then
	systemd-analyze verify /usr/lib/systemd/system/ejmx.service /usr/lib/systemd/system/ejmx.timer
fi
HOME=$work ejmx demo --applications 2 --postings 1 --out "$work/demo" --quiet
HOME=$work ejmx verify "$work/demo"
dpkg -L ejmx | grep ejmx >"$work/installed"
dpkg -r ejmx
while read -r path; do
	test ! -e "$path" || { echo "left behind: $path"; exit 1; }
done <"$work/installed"
echo "installed, used and removed"
