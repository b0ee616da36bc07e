#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Who may send how much data unasked: any two of the settings in each way they can meet. data_rules_others has the rest.
. "${0%/*}/../lib.sh"

check_data_rules "${DATA_RULES_PAIRS[@]}"
run_checks
