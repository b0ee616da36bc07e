#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The daemon for cards with a network stack of their own, of which there are none here, beside iscsid: it starts, hears
# the kernel, ends, and disturbs nobody.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:iscsiuio
# NETLINK_ISCSI, and the group of iscsiuio as a bit: ISCSI_NL_GRP_UIP.
FAMILY=8
GROUP=00000002
# Where iscsid finds it.
CONTROL=@ISCSID_UIP_ABSTRACT_NAMESPACE

listeners() {
	awk -v family="$FAMILY" -v group="$GROUP" '$2 == family && $4 == group' /proc/net/netlink | wc -l
}

listens() {
	[ "$(listeners)" -eq 1 ] && grep -qF "$CONTROL" /proc/net/unix
}

silent() {
	[ "$(listeners)" -eq 0 ]
}

starts() {
	modprobe iscsi_tcp
	silent
	daemon iscsiuio iscsiuio -f
	wait_for 20 listens
}

works_beside() {
	login "$IQN"
	fio_verify "$(disk_of "$IQN")" 64k 4 1M
	logout "$IQN"
	listens
}

# An event for it has a listener now, and a driver for such cards can come and go.
driver_comes() {
	modinfo -n bnx2i >/dev/null 2>&1 || skip "this kernel has no module bnx2i"
	modprobe bnx2i
	test -e /sys/class/iscsi_transport/bnx2i
	modprobe -r bnx2i
	listens
}

ends() {
	stop_daemon iscsiuio TERM
	wait_for 10 silent
}

need "it starts" starts
need "the target is up" lio_disk "$IQN" 16
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
check "a login over TCP" works_beside
check "a driver of such cards" driver_comes
check "it ends" ends
run_checks
