#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# `make install` and `make uninstall`: what they leave in a folder that looks like a machine's root, and what they say
# where they cannot work.
#
# Prints "ok NAME" or "not ok NAME" for each case; runs on the host, without a kernel or root.
set -euo pipefail

. "$(dirname "$0")/../lib/on_host.sh"
RELEASE=7.3.4+test-amd64
MODULES=(iscsi_tcp.ko libiscsi.ko libiscsi_tcp.ko scsi_transport_iscsi.ko)

# checkout: a copy in which the modules are built, and a machine that has the kernel they are for.
checkout() {
	rm -rf "$WORK"/{tree,root}
	mkdir -p "$WORK/tree/build/ko" "$WORK/root/lib/modules/$RELEASE"
	cp -r "$PROJECT/scripts" "$WORK/tree/"
	(cd "$PROJECT" && find drivers/scsi -mindepth 1 -maxdepth 1 -type d -exec mkdir -p "$WORK/tree/{}" \;)
	(cd "$WORK/tree/build/ko" && touch "${MODULES[@]}")
	UPDATES=$WORK/root/lib/modules/$RELEASE/updates
}

run() {
	PATH="$BIN:$PATH" INSTALL_MOD_PATH=$WORK/root RUST_ISCSI_CACHE=$WORK/cache "$WORK/tree/scripts/install" "$@"
}

# leaves NAME "FILE..." [ARGUMENT...]: ends well, and these files are in the folder then.
leaves() {
	local name=$1 good=yes
	local -a files
	read -ra files <<<"$2"
	shift 2
	run "$@" >"$WORK/said" 2>&1 || good=no
	diff <(printf '%s\n' "${files[@]}") <(ls "$UPDATES") >>"$WORK/said" || good=no
	verdict "$good" "$name"
}

# refuses NAME WORD...: fails with one line that has all the words, and installs nothing.
refuses() {
	local name=$1 good=yes
	shift
	if run >"$WORK/said" 2>&1; then good=no; fi
	says_only "error: " "$@" || good=no
	! compgen -G "$UPDATES/*.ko" >/dev/null || good=no
	verdict "$good" "$name"
}

fake modinfo "echo '$RELEASE SMP preempt mod_unload modversions'"
fake uname "echo $RELEASE"
fake depmod ''
fake strip ''

checkout && mkdir -p "$UPDATES" && touch "$UPDATES/other.ko"
leaves "the four modules beside others" "iscsi_tcp.ko libiscsi.ko libiscsi_tcp.ko other.ko scsi_transport_iscsi.ko"
leaves "and away again" other.ko --remove
run >/dev/null && rm -r "$WORK/tree/build"
leaves "and away again when build/ is gone" other.ko --remove
checkout && rm -r "$WORK/tree/build"
refuses "nothing is built" "run 'make' first"
checkout && mkdir -p "$UPDATES/dkms" && touch "$UPDATES/dkms/libiscsi.ko.xz"
refuses "the package is installed" "updates/dkms" "apt remove rust-iscsi-dkms"
checkout && rm -r "$WORK/root/lib/modules/$RELEASE"
refuses "the kernel is not installed" "$RELEASE, which is not installed"

exit "$FAILED"
