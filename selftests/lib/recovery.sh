# SPDX-License-Identifier: GPL-2.0
# Sessions in trouble: targets that stop to answer, and what the initiator makes of it.

# tgt_disk IQN MIB: a target of tgt with a disk in a file, which is $STATE/disk.
tgt_disk() {
	truncate -s "$2M" "$STATE/disk"
	tgt_start
	tgt_target 1 "$1" "$STATE/disk"
}

# It keeps its connections, and reads nothing until it goes on.
tgt_freeze() {
	at_end tgt_thaw
	kill -STOP "$(cat "$STATE/tgtd.pid")"
}

tgt_thaw() {
	! daemon_runs tgtd || kill -CONT "$(cat "$STATE/tgtd.pid")"
}

in_state() {
	[ "$(session_attr "$1" state)" = "$2" ]
}

logged_in() {
	in_state "$1" LOGGED_IN && [ "$(conn_attr "$1" state)" = up ]
}

# scsi_state IQN: of its disk: running, blocked, transport-offline ...
scsi_state() {
	cat "/sys/block/$(disk_of "$1")/device/state"
}

running() {
	[ "$(scsi_state "$1")" = running ]
}

# logged_since MARK TEXT: the kernel has said so since the line "selftest: MARK".
logged_since() {
	dmesg | sed "0,/selftest: $1\$/d" | grep -qE "$2"
}

mark() {
	echo "selftest: $1" >/dev/kmsg
}

# command_timeout IQN SECONDS: until error handling begins.
command_timeout() {
	echo "$2" >"/sys/block/$(disk_of "$1")/device/timeout"
}

# reads DISK: one block, past all caches.
reads() {
	dd if="/dev/$1" of=/dev/null bs=4k count=1 iflag=direct status=none
}

# loses_nothing IQN: what is written to it is read back, and is in the target's file.
loses_nothing() {
	fio_verify "$(disk_of "$1")" 64k 8 4M
	same_as_target "$(disk_of "$1")" "$STATE/disk"
}

# Its map holds the disks, so it goes before the session.
multipath_stop() {
	[ -f /etc/multipath.conf ] || return 0
	stop_daemon multipathd
	multipath -F
	rm -f /etc/multipath.conf
}
