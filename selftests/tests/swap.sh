#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 240
# The modules are exchanged on a machine that goes on running: the kernel's own for ours, and back, between a logout and
# the next login, as Documentation/install.md says. iscsid has to be stopped meanwhile.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:swap

all_ours() {
	local module
	for module in "${INITIATOR_MODULES[@]}"; do
		ours "$module" || skip "there is no $module of ours to exchange for the kernel's own"
	done
}

logged_in_and_recorded() {
	login "$IQN"
	records >"$STATE/records"
	grep -q "$IQN" "$STATE/records"
}

records() {
	iscsiadm -m node -o show
	iscsiadm -m node -T "$IQN" -o show
}

session_holds_them() {
	refused modprobe -r iscsi_tcp
	loaded iscsi_tcp
	loses_nothing "$IQN"
}

# unload MODULE...: what Documentation/install.md says. `modprobe -r iscsi_tcp` alone goes through what that module
# depends on in an order in which libiscsi is in use still.
unload() {
	local module
	settle
	wait_for 20 modprobe -r "$@"
	for module in "$@"; do
		refused loaded "$module"
	done
}

# works KIND: logs in without further ado, over modules of this kind, by the records there were.
works() {
	local module
	login "$IQN"
	for module in "${INITIATOR_MODULES[@]}"; do
		same "$module" "$(module_kind "$module")" "$1"
	done
	loses_nothing "$IQN"
	cmp <(records) "$STATE/records"
}

# Its socket does.
daemon_holds_transport() {
	logout "$IQN"
	unload iscsi_tcp libiscsi_tcp libiscsi
	refused modprobe -r scsi_transport_iscsi
	stop_daemon iscsid
	daemon iscsid iscsid -f
	wait_for 20 iscsid_answers
	works Rust
}

all_become() {
	logout "$IQN"
	stop_daemon iscsid
	unload "${INITIATOR_MODULES[@]}"
	at_end "install_modules ''"
	install_modules "$1"
	daemon iscsid iscsid -f
	wait_for 20 iscsid_answers
	works "$2"
}

need "the modules are ours" all_ours
need "the target is up" tgt_disk "$IQN" 16
need "iscsid runs" initiator_start
need "discovery" discover "$TGT_PORTAL"
need "login" logged_in_and_recorded
check "a session keeps its modules" session_holds_them
check "iscsid keeps scsi_transport_iscsi" daemon_holds_transport
check "all four become the kernel's own" all_become c C
check "all four become ours" all_become rust Rust
check "logout" logout "$IQN"
run_checks
