#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Whether the patches of selftests/seeds fit the module, and name their report.

here=$(cd "$(dirname "$0")" && pwd)
nr=0 bad=0

fits() {
	grep -q '^report: .' "$1" &&
		patch -s -f --dry-run -d "$here/.." -p1 <"$1"
}

echo "TAP version 13"
for patch in "$here"/seeds/*.patch; do
	nr=$((nr + 1))
	if fits "$patch" >&2; then
		echo "ok $nr ${patch##*/}"
	else
		bad=$((bad + 1))
		echo "not ok $nr ${patch##*/}"
	fi
done
echo "1..$nr"
[ $bad = 0 ]
