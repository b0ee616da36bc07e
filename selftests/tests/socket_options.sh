#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A socket is borrowed: it gets back what was changed for the time it carried a connection.
. "${0%/*}/../lib.sh"

# The switch for the reserves of memory is no option that a program could read.
reserves_are_given_back() {
	probe take 'p sk_set_memalloc'
	probe give_back 'p sk_clear_memalloc'
	trace_on selftest/take selftest/give_back
	netlink bind-again
	trace_pause
	trace_lines >"$STATE/events"
	local taken given
	taken=$(grep -c ' take: ' "$STATE/events") || fail "sk_set_memalloc was never called"
	given=$(grep -c ' give_back: ' "$STATE/events") || fail "sk_clear_memalloc was never called"
	same "calls of sk_clear_memalloc" "$given" "$taken"
}

need "the modules are loaded" netlink_start
check "a bound socket has the options of storage" netlink options-bound
expect_c_fails iscsi_tcp "restores no option"
check "a stopped connection's socket has its options back" netlink options-restored
expect_c_fails iscsi_tcp "leaves SOCK_MEMALLOC set"
check "it may not use the reserves of memory any more" reserves_are_given_back
check "closing it drops what was not sent" netlink options-reset
run_checks
