#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A target that breaks the protocol on purpose (selftests/target).
# R2Ts that ask for too much, too often, or for nothing that is written.
# Deadline: 900
# Long
. "${0%/*}/../lib.sh"

hostile_rules 'group >= 7 && group <= 9'
