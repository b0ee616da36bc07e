#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sessions with the fewest commands and with the most.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:cmds-max

# works COMMANDS DEPTH: cmds_max and queue_depth of the session.
works() {
	local disk
	node_set "$IQN" 'node.session.cmds_max' "$1" 'node.session.queue_depth' "$2"
	login "$IQN"
	disk=$(disk_of "$IQN")
	# Some of the commands are kept for management.
	within can_queue "$(cat "/sys/class/scsi_host/host$(host_of "$disk")/can_queue")" "$(($1 - 32 > 1 ? $1 - 32 : 1))" "$1"
	fio_verify "$disk" 4k 64 2M
	fio_verify "$disk" 256k 64 8M
	logout "$IQN"
}

host_of() {
	local device
	device=$(basename "$(readlink -f "/sys/block/$1/device")")
	echo "${device%%:*}"
}

need "the target is up" lio_disk "$IQN" 32
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
check "16 commands" works 16 8
check "2048 commands" works 2048 1024
run_checks
