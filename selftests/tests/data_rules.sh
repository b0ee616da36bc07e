#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Who may send how much data unasked: any two of the settings in each way they can meet. data_rules_others has the rest.
. "${0%/*}/../lib.sh"

three_r2ts() {
	ours libiscsi_tcp || skip "C libiscsi_tcp knows only powers of two"
	__data_rules_writes No Yes 4096 16384 3
}

check_data_rules "${DATA_RULES_PAIRS[@]}"
check "with three R2Ts at a time" three_r2ts
run_checks
