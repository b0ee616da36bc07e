#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 180
# The whole way against LIO: discovery, login, file systems, verified I/O, logout, module gone.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:first-light

discovered() {
	discover "$LIO_PORTAL" | grep -Fx "$LIO_PORTAL,1 $IQN"
}

# iscsid has loaded the modules by their names.
modules_loaded() {
	local module
	for module in "${INITIATOR_MODULES[@]}"; do
		loaded "$module"
		remark "$module: $(module_kind "$module")"
	done
	[ -d /sys/class/iscsi_transport/tcp ]
}

verify() {
	fio_verify "$(disk_of "$IQN")" "$@"
}

logged_out() {
	logout "$IQN"
	no_session
	refused disk_of "$IQN"
}

# iscsid's netlink socket holds the transport class.
no_residue() {
	stop_daemon iscsid
	unload_initiator
	refused compgen -G '/sys/class/iscsi_*'
	refused compgen -G '/sys/class/scsi_host/host*'
	refused loaded iscsi_tcp
}

loaded_again() {
	modprobe iscsi_tcp
	[ -d /sys/class/iscsi_transport/tcp ]
	initiator_start
	login "$IQN"
	fio_verify "$(disk_of "$IQN")" 4k 4 1M
	logout "$IQN"
}

on_disk() {
	filesystem "$(disk_of "$IQN")" "$1"
}

# xfs refuses less than 300 MiB.
need "the target is up" lio_disk "$IQN" 320
need "iscsid runs" initiator_start
need "discovery lists the target" discovered
need "login gives a disk" login "$IQN"
check "the four modules are loaded" modules_loaded
check "ext4 keeps its files" on_disk ext4
check "xfs keeps its files" on_disk xfs
for depth in 1 32; do
	check "fio verify 4k depth $depth" verify 4k "$depth" 2M
	check "fio verify 64k depth $depth" verify 64k "$depth" 8M
	check "fio verify 1M depth $depth" verify 1M "$depth" 16M
done
check "logout removes session and disk" logged_out
check "the modules unload without residue" no_residue
check "and can be loaded again" loaded_again
run_checks
