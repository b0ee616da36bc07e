# SPDX-License-Identifier: GPL-2.0
# For the scripts of selftests/host: a folder to work in, programs that only pretend, and "ok NAME" or "not ok NAME" for
# each case.

PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
BIN=$WORK/bin
FAILED=0
mkdir "$BIN"

# fake NAME SCRIPT: a program for those who look into BIN first.
fake() {
	printf '#!/bin/sh\n%s\n' "$2" >"$BIN/$1"
	chmod +x "$BIN/$1"
}

# verdict yes|no NAME: of a case that has left what was said in WORK/said.
verdict() {
	if [ "$1" = yes ]; then
		echo "ok $2"
	else
		echo "not ok $2"
		sed 's/^/# /' "$WORK/said"
		FAILED=1
	fi
}

# works NAME COMMAND...: ends well.
works() {
	local name=$1 good=yes
	shift
	"$@" >"$WORK/said" 2>&1 || good=no
	verdict "$good" "$name"
}

# says_only WORD...: one line was said, and has all the words.
says_only() {
	local word
	[ "$(wc -l <"$WORK/said")" -eq 1 ] || return 1
	for word; do
		grep -qF -- "$word" "$WORK/said" || return 1
	done
}
