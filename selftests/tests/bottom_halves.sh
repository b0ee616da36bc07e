#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# recv_from_iscsi_q=1: connections receive in a worker. The library takes its locks the same there as in softirq.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:bottom-halves
C_BUG="leaves bottom halves on, which the locks of the library are taken against"

parameter_is_set() {
	netlink_start recv_from_iscsi_q=1
	same recv_from_iscsi_q "$(cat /sys/module/iscsi_tcp/parameters/recv_from_iscsi_q)" Y
}

verify() {
	fio_verify "$(disk_of "$IQN")" "$@"
}

# The library reads buffers with skb_seq_read(), and its own function may be Rust, in which no probe can be put. The
# column after the processor: its first character is b, or D with interrupts off as well, where bottom halves
# are off, its third s, h or H where one is running.
bottom_halves_are_off() {
	probe receive 'p skb_seq_read'
	trace_on selftest/receive
	verify 4k 8 1M
	trace_pause
	[ "$(trace_count)" -gt 256 ] || fail "only $(trace_count) calls were seen"
	sed -n 's/^.*\[[0-9]*\] \([^ ]*\) .*$/\1/p' "$TRACING/trace" >"$STATE/contexts"
	remark "$(sort "$STATE/contexts" | uniq -c | sort -rn | tr -s ' \n' ' ')"
	refused grep -vE '^([bD]|..[shH])' "$STATE/contexts"
}

# Otherwise the check before says nothing about the parameter.
worker_receives() {
	probe receive 'p skb_seq_read'
	trace_on selftest/receive
	verify 4k 1 256k
	trace_pause
	grep -q '^ *kworker' "$TRACING/trace"
	refused grep -vE '^#|^ *kworker' "$TRACING/trace"
}

need "recv_from_iscsi_q can be set" caught iscsi_tcp "$C_BUG" parameter_is_set
need "the target is up" lio_disk "$IQN" 16
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
need "login" login "$IQN"
check "fio verify 64k depth 32" verify 64k 32 8M
check "a worker receives" worker_receives
# Either module sees to it.
ours libiscsi_tcp || expect_c_fails iscsi_tcp "$C_BUG"
check "it receives with bottom halves off" bottom_halves_are_off
check "logout" logout "$IQN"
run_checks
