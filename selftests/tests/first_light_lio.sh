#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 180
# The whole way against LIO: discovery, login, verified I/O, logout, module gone and back.
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

# The name that install.md has people mount. The kernel tells udev of a disk, whose node is there by then, once it has
# read the partitions.
named_by_path() {
	local name=/dev/disk/by-path/ip-$LIO_PORTAL-iscsi-$IQN-lun-0
	wait_for 30 test -L "$name"
	same "disk" "$(readlink -f "$name")" "/dev/$(disk_of "$IQN")"
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
	verify 4k 4 1M
	logout "$IQN"
}

need "the target is up" lio_disk "$IQN" 16
need "iscsid runs" initiator_start
need "discovery lists the target" discovered
need "login gives a disk" login "$IQN"
check "the four modules are loaded" modules_loaded
check "it has the name of its path" named_by_path
check "fio verify 64k depth 32" verify 64k 32 8M
check "logout removes session and disk" logged_out
check "the modules unload without residue" no_residue
check "and can be loaded again" loaded_again
run_checks
