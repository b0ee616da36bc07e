#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What user space may ask for, and what it is told otherwise.
. "${0%/*}/../lib.sh"

need "the modules are loaded" netlink_start
check "parameters need a bound connection" netlink param-unbound
check "MaxOutstandingR2T is a power of two" netlink param-max-r2t
expect_c_fails libiscsi_tcp "changes the room for R2Ts while commands use it"
check "MaxOutstandingR2T stays while commands may be executed" netlink param-max-r2t-in-use
expect_c_fails libiscsi "takes any number"
check "numbers out of their ranges are refused" netlink param-ranges
check "unknown parameters are not implemented" netlink param-unknown
check "FirstBurstLength is no longer than MaxBurstLength" netlink param-bursts
check "a session needs an endpoint that exists" netlink session-endpoint
check "a session needs more than 8 commands" netlink session-commands
check "sessions are announced" netlink session-events
run_checks
