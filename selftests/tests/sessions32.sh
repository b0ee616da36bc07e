#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 240
# Thirty-two sessions at once, to one disk of which each writes its own part.
. "${0%/*}/../lib.sh"

MANY=32
IQN=iqn.2026-11.org.example:many

disks() {
	find -L "$SESSIONS"/session*/device/target*/*/block/* -maxdepth 0 -printf '%f\n'
}

all_disks() {
	[ "$(disks | wc -l)" -eq "$MANY" ]
}

logins() {
	node_set "$IQN" node.session.nr_sessions "$MANY"
	iscsiadm -m node -T "$IQN" --login
	wait_for 60 all_disks
	settle
	same "states" "$(cat "$SESSIONS"/session*/state | sort | uniq -c)" "$(printf '%7d LOGGED_IN' "$MANY")"
}

# As in C, a session of this transport has a host to itself.
own_hosts() {
	same "hosts" "$(compgen -G "/sys/class/iscsi_host/host*" | wc -l)" "$MANY"
	same "transport" "$(cat /sys/class/scsi_host/host*/proc_name | sort -u)" iscsi_tcp
}

# All busy at the same time; a command that went to the wrong session would spoil another one's part.
verify() {
	local disk number=0 jobs=$STATE/jobs
	printf '[global]\n%s\n' ioengine=io_uring direct=1 disk_util=0 thread rw=write bsrange=512-64k iodepth=4 size=256k \
		verify=crc32c verify_fatal=1 verify_state_save=0 >"$jobs"
	for disk in $(disks); do
		printf '[%s]\nfilename=/dev/%s\noffset=%dM\n' "$disk" "$disk" "$number" >>"$jobs"
		number=$((number + 1))
	done
	fio --output="$STATE/fio" "$jobs" || {
		grep -iE 'err|verify' "$STATE/fio"
		return 1
	}
	same "jobs" "$(grep -c 'err= 0' "$STATE/fio")" "$MANY"
}

logouts() {
	iscsiadm -m node --logout
	no_session
	same "disks" "$(lsscsi | wc -l)" 0
}

need "the target is up" lio_disk "$IQN" "$MANY"
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
need "$MANY logins give $MANY disks" logins
check "each has its host" own_hosts
check "fio verify over all" verify
check "$MANY logouts" logouts
run_checks
