# SPDX-License-Identifier: GPL-2.0
# Who may send how much data unasked: ImmediateData, InitialR2T, burst lengths and MaxOutstandingR2T, each combination
# with writes from one sector to 256 KiB that cross all the borders.

DATA_RULES_IQN=iqn.2026-11.org.example:data-rules

# Five of the sixteen combinations, in which any two settings meet in all four ways:
# ImmediateData, InitialR2T, FirstBurstLength, MaxBurstLength, MaxOutstandingR2T.
DATA_RULES_PAIRS=(
	"Yes Yes 4096 16384 1"
	"Yes No 65536 262144 8"
	"No Yes 65536 262144 8"
	"No No 4096 16384 8"
	"No No 65536 262144 1"
)

data_rules_all() {
	printf '%s\n' {Yes,No}\ {Yes,No}\ {"4096 16384","65536 262144"}\ {1,8}
}

data_rules_others() {
	grep -vxFf <(printf '%s\n' "${DATA_RULES_PAIRS[@]}") <(data_rules_all)
}

# The target allows everything; the initiator's side of the negotiation then decides.
__data_rules_target() {
	truncate -s 3M "$STATE/disk"
	lio_start
	lio_target "$DATA_RULES_IQN" "$LIO_PORTAL" "$(lio_file data-rules "$STATE/disk")"
	lio_set "$DATA_RULES_IQN" param/ImmediateData Yes
	lio_set "$DATA_RULES_IQN" param/InitialR2T No
	lio_set "$DATA_RULES_IQN" param/FirstBurstLength 65536
	lio_set "$DATA_RULES_IQN" param/MaxBurstLength 262144
	lio_set "$DATA_RULES_IQN" param/MaxOutstandingR2T 8
}

__yes_no() {
	[ "$1" = Yes ] && echo 1 || echo 0
}

# __data_rules_writes IMMEDIATE INITIAL_R2T FIRST_BURST MAX_BURST R2TS
__data_rules_writes() {
	local immediate=$1 initial_r2t=$2 first=$3 max=$4 r2ts=$5 iqn=$DATA_RULES_IQN
	# What the one before has left, if it failed.
	no_session || logout "$iqn"
	node_set "$iqn" \
		node.session.iscsi.ImmediateData "$immediate" \
		node.session.iscsi.InitialR2T "$initial_r2t" \
		node.session.iscsi.FirstBurstLength "$first" \
		node.session.iscsi.MaxBurstLength "$max" \
		node.session.iscsi.MaxOutstandingR2T "$r2ts"
	login "$iqn"
	same immediate_data "$(session_attr "$iqn" immediate_data)" "$(__yes_no "$immediate")"
	same initial_r2t "$(session_attr "$iqn" initial_r2t)" "$(__yes_no "$initial_r2t")"
	same max_burst_len "$(session_attr "$iqn" max_burst_len)" "$max"
	same max_outstanding_r2t "$(session_attr "$iqn" max_outstanding_r2t)" "$r2ts"
	# Without unsolicited data it is not negotiated.
	[ "$immediate,$initial_r2t" = No,Yes ] || same first_burst_len "$(session_attr "$iqn" first_burst_len)" "$first"
	fio_verify "$(disk_of "$iqn")" 4k 8 3M --rw=write --bsrange=512-256k
	same_as_target "$(disk_of "$iqn")" "$STATE/disk"
	logout "$iqn"
}

# check_data_rules COMBINATION...: declares a check for each.
check_data_rules() {
	local immediate initial_r2t first max r2ts
	need "the target is up" __data_rules_target
	need "iscsid runs" initiator_start
	need "discovery" discover "$LIO_PORTAL"
	while read -r immediate initial_r2t first max r2ts; do
		check "immediate $immediate, initial R2T $initial_r2t, bursts $first/$max, R2Ts $r2ts" \
			__data_rules_writes "$immediate" "$initial_r2t" "$first" "$max" "$r2ts"
	done < <(printf '%s\n' "$@")
}
