#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a machine can do whose root disk comes over iSCSI. scripts/test-root boots it, and is told by lines that begin with
# "# target:" or "# sum of" what it has to do.
#
#   root.sh first|second IQN [MODULE...]     the modules that must be in Rust; the others must be the kernel's own
. "${0%/*}/lib.sh"

BOOT=$1
IQN=$2
shift 2
RUST=" $* "
# On the disk.
FOLDER=/var/lib/selftest

on_iscsi() {
	same "source of /" "$(findmnt -n -o SOURCE /)" "/dev/$(disk_of "$IQN")"
	same "the first process" "$(cat /proc/1/comm)" systemd
	remark "/ is $(findmnt -n -o SOURCE,FSTYPE /), session $(session_of "$IQN"), Linux $(uname -r)"
}

modules() {
	local module rust kind wanted
	rust=$(rust_modules)
	for module in "${INITIATOR_MODULES[@]}"; do
		grep -qx "$module" <<<"$rust" && kind=Rust || kind=C
		wanted=C
		[[ $RUST != *" $module "* ]] || wanted=Rust
		remark "$module: $kind by its symbols, $(module_kind "$module") by its taint, $(modinfo -F filename "$module")"
		same "$module" "$kind,$(module_kind "$module")" "$wanted,$wanted"
	done
}

iscsid_has_it() {
	iscsiadm -m session -P 1 >"$STATE/session"
	grep -q "iSCSI Connection State: LOGGED IN" "$STATE/session" &&
		grep -q "Internal iscsid Session State: NO CHANGE" "$STATE/session"
}

# iscsistart, which made the session, is gone; iscsid logs in to it anew when it starts, and answers for it then.
taken_over() {
	wait_for 60 iscsid_has_it
	same "iscsid" "$(systemctl is-active iscsid)" active
	refused pgrep iscsistart
}

written() {
	rm -rf "$FOLDER"
	mkdir -p "$FOLDER/files"
	fill "$FOLDER/files"
	checksums "$FOLDER/files" >"$FOLDER/sums"
	within "files" "$(wc -l <"$FOLDER/sums")" 100 10000
	sync
	same_files
	remark "sum of $(md5sum "$FOLDER/files/odd")"
}

# Nothing may come from memory.
same_files() {
	echo 3 >/proc/sys/vm/drop_caches
	checksums "$FOLDER/files" >"$STATE/sums"
	cmp "$FOLDER/sums" "$STATE/sums"
}

verified() {
	at_end "rm -f $FOLDER/fio"
	fio_verify "..$FOLDER/fio" 64k 8 16M
}

recovered() {
	logged_since away 'detected conn error' && logged_in "$IQN" && running "$IQN"
}

# I/O that is on its way while there is no target is done when there is one again: every write, in order, verified.
outlives_the_target() {
	local writer
	at_end "rm -f $FOLDER/fio"
	mark away
	fio_verify "..$FOLDER/fio" 16k 8 32M --rate_iops=,60 &
	writer=$!
	sleep 5
	echo "# target: away" >/dev/ttyS1
	wait_for 60 logged_since away 'detected conn error'
	kill -0 "$writer"
	wait_for 120 recovered
	wait "$writer"
	refused logged_since away 'I/O error|session recovery timed out'
	same_files
}

# What systemd has for a disk over iSCSI has done its work.
content() {
	local unit
	wait_for 120 eval 'systemctl is-system-running | grep -E "running|degraded"'
	remark "units that failed: $(systemctl list-units --failed --no-legend --plain | cut -d ' ' -f 1 | tr '\n' ' ')"
	for unit in local-fs.target remote-fs.target open-iscsi.service iscsid.service; do
		same "$unit" "$(systemctl is-active "$unit")" active
	done
	findmnt -n -o OPTIONS / | tr ',' '\n' | grep -qx rw
}

need "its root disk is on iSCSI" on_iscsi
check "the modules are those that were asked for" modules
check "iscsid has taken the session over" taken_over
check "systemd is content" content
if [ "$BOOT" = first ]; then
	check "files that were written are read" written
	check "fio verifies" verified
	check "I/O outlives the target" outlives_the_target
else
	check "it has the files of the first boot" same_files
	check "fio verifies" verified
fi
(run_checks)
# There is no D-Bus here, which systemctl says and does without.
case $BOOT in first) systemctl reboot --no-block ;; *) systemctl poweroff --no-block ;; esac 2>/dev/null
