#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What `make KDIR=...` says of a tree it cannot build for: one line, with the cause and the remedy.
#
# Prints "ok NAME" or "not ok NAME" for each case; runs on the host, without a kernel.
set -euo pipefail

. "$(dirname "$0")/../lib/on_host.sh"

# tree NAME [CONFIG LINE...]: a folder that looks like a configured kernel build tree.
tree() {
	local folder=$WORK/$1
	shift
	mkdir -p "$folder/include/config" "$folder/rust"
	[ $# -eq 0 ] || printf '%s\n' "$@" >"$folder/include/config/auto.conf"
	echo "$folder"
}

build() {
	PATH="$BIN:$PATH" KDIR=$1 RUST_ISCSI_ROOT=$WORK RUST_ISCSI_CACHE=$WORK/cache BUILD=$WORK/out "$PROJECT/scripts/build"
}

# refuses NAME KDIR WORD...: fails with one line that has all the words.
refuses() {
	local name=$1 kdir=$2 good=yes
	shift 2
	if build "$kdir" >"$WORK/said" 2>&1; then good=no; fi
	says_only "error: " "$@" || good=no
	verdict "$good" "$name"
}

# builds NAME KDIR WORD...: calls Kbuild with all the words.
builds() {
	local name=$1 kdir=$2 good=yes word
	shift 2
	build "$kdir" >"$WORK/said" 2>&1 || good=no
	for word in "$@"; do
		grep -qF -- "$word" "$WORK/said" || good=no
	done
	verdict "$good" "$name"
}

# chooses_prepared NAME: says so, and finds that this one is not really there.
chooses_prepared() {
	local good=yes
	if build "" >"$WORK/said" 2>&1; then good=no; fi
	grep -q '^no build tree with Rust metadata for the running kernel' "$WORK/said" || good=no
	grep -q '/kernels/prepared/build is no configured kernel' "$WORK/said" || good=no
	verdict "$good" "$1"
}

fake rustc 'echo "rustc 1.85.1 (fake)"'
fake make 'echo "$*"'

refuses "a folder that is not there" "$WORK/nowhere" "does not exist"
refuses "a folder that is no build tree" "$(tree empty)" "no configured kernel build tree" "make setup"
refuses "a kernel without Rust" "$(tree c-only 'CONFIG_CC_IS_GCC=y')" "without CONFIG_RUST" "Debian 13"

bare=$(tree bare 'CONFIG_RUST=y' 'CONFIG_RUSTC_VERSION_TEXT="rustc 1.85.1 (fake)"')
refuses "headers without metadata" "$bare" "no Rust metadata" "make setup"

whole=$(tree whole 'CONFIG_RUST=y' 'CONFIG_RUSTC_VERSION_TEXT="rustc 1.97.1 (fake)"')
touch "$whole/rust/libkernel.rmeta"
refuses "another compiler" "$whole" "rustc 1.97.1 (fake)" "rustc 1.85.1 (fake)" "install that very compiler"

match=$(tree match 'CONFIG_RUST=y' 'CONFIG_RUSTC_VERSION_TEXT="rustc 1.85.1 (fake)"' \
	'CONFIG_CC_VERSION_TEXT="cc-of-the-kernel (Debian) 14"')
touch "$match/rust/libkernel.rmeta"
fake cc-of-the-kernel ''
builds "a tree with metadata and the right compiler" "$match" "-C $match" "M=$PROJECT" "MO=$WORK/out" \
	"CC=$BIN/cc-of-the-kernel"

# Without KDIR; a tree that `make setup` has prepared is there, as far as that goes.
mkdir -p "$WORK/cache/kernels/prepared/build"
echo prepared >"$WORK/cache/kernels/current"
mkdir -p "$WORK/lib/modules/running"
ln -s "$match" "$WORK/lib/modules/running/build"
fake uname 'echo running'
builds "the running kernel's tree, if it is whole" "" "-C $match"
ln -sfn "$bare" "$WORK/lib/modules/running/build"
chooses_prepared "the prepared tree, if there are but headers of the running kernel"
rm "$WORK/lib/modules/running/build"
chooses_prepared "the prepared tree, if there is none for the running kernel"

exit "$FAILED"
