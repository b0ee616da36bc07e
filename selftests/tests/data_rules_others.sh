#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 300
# Who may send how much data unasked: the combinations that data_rules leaves out.
. "${0%/*}/../lib.sh"

mapfile -t others < <(data_rules_others)
check_data_rules "${others[@]}"
run_checks
