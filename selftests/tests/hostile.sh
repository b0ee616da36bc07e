#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A target that breaks the protocol on purpose (selftests/target): one rule of each group of hostile.list.
# Deadline: 600
. "${0%/*}/../lib.sh"

hostile_rules 'number == 1'
