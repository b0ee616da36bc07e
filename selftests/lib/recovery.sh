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

# logged_since MARK TEXT: the kernel has said so since that mark.
logged_since() {
	messages_since "$1" >"$STATE/messages"
	grep -qE "$2" "$STATE/messages"
}

# command_timeout IQN SECONDS: until error handling begins.
command_timeout() {
	echo "$2" >"/sys/block/$(disk_of "$1")/device/timeout"
}

# retries_for_ever IQN: else a command has six times its time-out for all, recovery included, which a slow machine exceeds.
retries_for_ever() {
	echo -1 >"/sys/block/$(disk_of "$1")"/device/scsi_disk/*/max_retries
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
	# udev may still look at what was written last.
	wait_for 20 multipath -F
	rm -f /etc/multipath.conf
}

# writes_of DISK: how many it has done.
writes_of() {
	awk '{ print $5 }' "/sys/block/$1/stat"
}

# wrote_more_than DISK NUMBER
wrote_more_than() {
	[ "$(writes_of "$1")" -gt "$2" ]
}

# An outage must hit a busy session, or it proves nothing.
writes_go_on() {
	wait_for 20 wrote_more_than "$1" "$(($(writes_of "$1") + 50))"
}

# survives_outages IQN COMMAND...: fio writes and verifies across two outages. The command is one of them.
survives_outages() {
	local iqn=$1 disk load
	shift
	disk=$(disk_of "$iqn")
	# Slow enough that there is load left for the second outage.
	fio_verify "$disk" 4k 16 8M --rate_iops=,150 &
	load=$!
	for _ in 1 2; do
		writes_go_on "$disk"
		kill -0 "$load" || fail "the load was over before the outage"
		"$@"
		wait_for 40 logged_in "$iqn"
	done
	wait "$load" || fail "fio saw the outage"
	same "state of the disk" "$(scsi_state "$iqn")" running
}
