#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The same over IPv6.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:ipv6
PORTAL='[::1]:3260'

target_up() {
	lio_start
	lio_target "$IQN" "$PORTAL" "$(lio_ramdisk ipv6 16)"
}

discovered() {
	discover "$PORTAL" | grep -Fx "$PORTAL,1 $IQN"
}

# The socket's own addresses, written in full; the configured one as it was given.
addresses() {
	local full=0000:0000:0000:0000:0000:0000:0000:0001 host
	same address "$(conn_attr "$IQN" address)" "$full"
	same port "$(conn_attr "$IQN" port)" 3260
	same persistent_address "$(conn_attr "$IQN" persistent_address)" ::1
	host=$(basename "$(dirname "$(readlink -f "$SESSIONS/session$(session_of "$IQN")/device")")")
	same ipaddress "$(cat "/sys/class/iscsi_host/$host/ipaddress")" "$full"
}

verify() {
	fio_verify "$(disk_of "$IQN")" 4k 8 512k
	fio_verify "$(disk_of "$IQN")" 64k 8 2M
}

need "the target is up" target_up
need "iscsid runs" initiator_start
need "discovery lists the target" discovered
need "login gives a disk" login "$IQN"
check "sysfs shows the addresses" addresses
check "fio verify" verify
check "logout" logout "$IQN"
run_checks
