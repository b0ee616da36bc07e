#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 300
# Who may send how much data unasked: every mixture of ImmediateData, InitialR2T, burst lengths and
# MaxOutstandingR2T, each with writes from one sector to 256 KiB that cross all the borders.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:data-rules
FILE=$STATE/disk

# The target allows everything; the initiator's side of the negotiation then decides.
target_up() {
	truncate -s 3M "$FILE"
	lio_start
	lio_target "$IQN" "$LIO_PORTAL" "$(lio_file data-rules "$FILE")"
	lio_set "$IQN" param/ImmediateData Yes
	lio_set "$IQN" param/InitialR2T No
	lio_set "$IQN" param/FirstBurstLength 65536
	lio_set "$IQN" param/MaxBurstLength 262144
	lio_set "$IQN" param/MaxOutstandingR2T 8
}

yes_no() {
	[ "$1" = Yes ] && echo 1 || echo 0
}

# writes IMMEDIATE INITIAL_R2T FIRST_BURST MAX_BURST R2TS
writes() {
	local immediate=$1 initial_r2t=$2 first=$3 max=$4 r2ts=$5
	# What the one before has left, if it failed.
	no_session || logout "$IQN"
	node_set "$IQN" \
		node.session.iscsi.ImmediateData "$immediate" \
		node.session.iscsi.InitialR2T "$initial_r2t" \
		node.session.iscsi.FirstBurstLength "$first" \
		node.session.iscsi.MaxBurstLength "$max" \
		node.session.iscsi.MaxOutstandingR2T "$r2ts"
	login "$IQN"
	same immediate_data "$(session_attr "$IQN" immediate_data)" "$(yes_no "$immediate")"
	same initial_r2t "$(session_attr "$IQN" initial_r2t)" "$(yes_no "$initial_r2t")"
	same max_burst_len "$(session_attr "$IQN" max_burst_len)" "$max"
	same max_outstanding_r2t "$(session_attr "$IQN" max_outstanding_r2t)" "$r2ts"
	# Without unsolicited data it is not negotiated.
	[ "$immediate,$initial_r2t" = No,Yes ] || same first_burst_len "$(session_attr "$IQN" first_burst_len)" "$first"
	fio_verify "$(disk_of "$IQN")" 4k 8 3M --rw=write --bsrange=512-256k
	same_as_target "$(disk_of "$IQN")" "$FILE"
	logout "$IQN"
}

need "the target is up" target_up
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
for immediate in Yes No; do
	for initial_r2t in Yes No; do
		for bursts in "4096 16384" "65536 262144"; do
			for r2ts in 1 8; do
				read -r first max <<<"$bursts"
				check "immediate $immediate, initial R2T $initial_r2t, bursts $first/$max, R2Ts $r2ts" \
					writes "$immediate" "$initial_r2t" "$first" "$max" "$r2ts"
			done
		done
	done
done
run_checks
