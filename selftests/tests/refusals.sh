#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What user space may ask for, and what it is told otherwise.
. "${0%/*}/../lib.sh"

need "the modules are loaded" netlink_start
check "parameters need a bound connection" netlink param-unbound
expect_c_fails libiscsi_tcp "knows powers of two"
check "MaxOutstandingR2T is what was agreed on" netlink param-max-r2t
expect_c_fails libiscsi_tcp "knows powers of two"
check "MaxOutstandingR2T is refused when there is no memory for it" netlink param-max-r2t-memory
expect_c_fails libiscsi_tcp "changes the room for R2Ts while commands use it"
check "MaxOutstandingR2T stays while commands may be executed" netlink param-max-r2t-in-use
expect_c_fails libiscsi "takes any number"
expect_c_fails iscsi_tcp "does not pass on what libiscsi says"
check "a digest is on or off" netlink param-digests
expect_c_fails libiscsi "takes any number"
check "numbers out of their ranges are refused" netlink param-ranges
expect_c_fails libiscsi "takes a text of any length"
check "texts that are too long are refused" netlink param-text
check "unknown parameters are not implemented" netlink param-unknown
check "FirstBurstLength is no longer than MaxBurstLength" netlink param-bursts
check "a session needs an endpoint that exists" netlink session-endpoint
check "a session needs more than 8 commands" netlink session-commands
check "sessions are announced" netlink session-events
check "a reason to stop that there is none of stops nothing" netlink recovery-suspend
expect_c_fails scsi_transport_iscsi "tells its address in the kernel"
check "a transport's handle is a number" netlink reply-handle
expect_c_fails scsi_transport_iscsi "goes by a field that the sender fills as he likes"
check "each command has its reply" netlink reply-disguised
check "statistics are refused when nobody listens" spared scsi_transport_iscsi \
	"sends them again and again for ever" netlink reply-unheard
run_checks
