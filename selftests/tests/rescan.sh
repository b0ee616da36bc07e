#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Disks that are deleted and found again, and whose queue changes, under load.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:rescan

target_up() {
	lio_start
	lio_target "$IQN" "$LIO_PORTAL" "$(lio_ramdisk first 16)" "$(lio_ramdisk second 16)"
}

two_disks() {
	disk_of "$IQN" 0 && disk_of "$IQN" 1
}

logged_in_with_two() {
	login "$IQN"
	wait_for 30 two_disks
}

gone() {
	[ ! -e "/sys/block/$1" ]
}

# The load on the deleted disk fails, that on the other does not.
deleted() {
	local victim other load
	victim=$(disk_of "$IQN" 0)
	other=$(disk_of "$IQN" 1)
	fio_verify "$other" 4k 8 4M &
	load=$!
	at_end 'pkill -KILL -x fio'
	fio --name=victim --filename="/dev/$victim" --ioengine=io_uring --direct=1 --rw=randrw --bs=4k --iodepth=8 \
		--time_based --runtime=60 --output="$STATE/victim" &
	sleep 1
	echo 1 >"/sys/block/$victim/device/delete"
	wait_for 30 gone "$victim"
	wait "$load" || fail "the other disk has suffered"
	iscsiadm -m session -r "$(session_of "$IQN")" --rescan
	wait_for 30 two_disks
	fio_verify "$(disk_of "$IQN" 0)" 4k 8 1M
}

# Within what the host was made with.
queue_depth() {
	local disk depth load
	disk=$(disk_of "$IQN" 1)
	fio_verify "$disk" 4k 32 4M &
	load=$!
	at_end 'pkill -KILL -x fio'
	for depth in 1 64 2 16; do
		echo "$depth" >"/sys/block/$disk/device/queue_depth"
		same queue_depth "$(cat "/sys/block/$disk/device/queue_depth")" "$depth"
		sleep 0.3
	done
	wait "$load"
	refused bash -c "echo 0 >/sys/block/$disk/device/queue_depth"
}

need "the target is up" target_up
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
need "login gives two disks" logged_in_with_two
check "a disk is deleted under load and found again" deleted
check "the queue depth changes under load" queue_depth
check "logout" logout "$IQN"
run_checks
