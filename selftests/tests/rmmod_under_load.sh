#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A module in use stays; a disk or a session may go at any time, also in the middle of I/O.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:rmmod

# load DISK: endless I/O in the background; leaves its process number in the file.
load() {
	fio --name=load --filename="/dev/$1" --ioengine=io_uring --direct=1 --rw=randrw --bs=4k --iodepth=16 \
		--time_based --runtime=300 --output="$STATE/load.log" </dev/null >/dev/null 2>&1 &
	echo $! >"$STATE/load"
	wait_for 20 did_more_than "$1" 100
}

# did_more_than DISK NUMBER: reads and writes.
did_more_than() {
	[ "$(awk '{ print $1 + $5 }' "/sys/block/$1/stat")" -gt "$2" ]
}

load_ended() {
	! pgrep -x fio
}

# It is the session that holds the modules, not only who has opened its disk.
refused_while_idle() {
	local module
	for module in "${INITIATOR_MODULES[@]}"; do
		refused rmmod "$module"
	done
	[ -d /sys/class/iscsi_transport/tcp ]
}

refused_under_load() {
	load "$(disk_of "$IQN")"
	refused_while_idle
	refused modprobe -r iscsi_tcp
	kill -0 "$(cat "$STATE/load")" || fail "the load has ended"
}

# The load sees errors and ends; the session stays.
disk_deleted() {
	local disk
	disk=$(disk_of "$IQN")
	echo 1 >"/sys/block/$disk/device/delete"
	wait_for 30 load_ended
	refused test -e "/sys/block/$disk"
	same "state of the session" "$(session_attr "$IQN" state)" LOGGED_IN
}

found_again() {
	iscsiadm -m session -r "$(session_of "$IQN")" --rescan
	wait_for 30 disk_of "$IQN"
	settle
}

logout_under_load() {
	load "$(disk_of "$IQN")"
	logout "$IQN"
	wait_for 30 load_ended
	no_session
}

unloads() {
	stop_daemon iscsid
	unload_initiator
	refused loaded iscsi_tcp
	refused compgen -G '/sys/class/scsi_host/host*'
}

need "the target is up" lio_disk "$IQN" 16
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
need "login gives a disk" login "$IQN"
check "rmmod is refused with an idle session" refused_while_idle
check "rmmod is refused under load" refused_under_load
check "the disk deleted under load" disk_deleted
check "the disk found again by a rescan" found_again
check "logout under load" logout_under_load
check "now the modules unload" unloads
run_checks
