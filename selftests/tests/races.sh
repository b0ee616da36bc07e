#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 240
# Things that happen at the same time (see Documentation/races.md), as far as no other test has them meet.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:races

target_up() {
	lio_disk "$IQN" 16
	initiator_start
	discover "$LIO_PORTAL"
}

# read_all: whatever is shown of hosts, sessions and connections, as it comes and goes. That there is none is no error.
# Not host_busy: scsi_remove_host() frees the tags it counts before it takes the file away, whatever the driver.
read_all() {
	while :; do
		cat /sys/class/iscsi_{host,session,connection}/*/* /sys/class/scsi_host/*/[!h]* >/dev/null 2>&1 || true
	done
}

attributes_are_read() {
	local _ reader
	for _ in 1 2; do
		read_all &
		reader=$!
		at_end "kill $reader"
	done
	for _ in {1..8}; do
		login "$IQN"
		logout "$IQN"
	done
	kill -0 "$reader"
}

need "the modules are loaded" netlink_start
check "after the kernel's cleanup a connection has to be stopped" quietly netlink recovery-refusals
check "a connection breaks while it is stopped" quietly netlink recovery-stop
check "a connection is destroyed with a command on it" spared libiscsi "the command never ends, nor does the session" \
	quietly netlink recovery-unstopped
check "a session takes commands when START is answered" quietly netlink recovery-start
check "a session is unbound once" quietly netlink session-unbind-once
check "a session that is being destroyed is not found" quietly netlink session-destroy-later
need "a target is up" target_up
check "attributes are read while sessions come and go" attributes_are_read
run_checks
