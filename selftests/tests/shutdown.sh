#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Ends: Synchronizing SCSI cache$
# Ends: reboot: Restarting system
# The machine goes down with a session up.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:shutdown

need "the target is up" tgt_disk "$IQN" 64
need "iscsid runs" initiator_start
need "discovery" discover "$TGT_PORTAL"
need "login" login "$IQN"
check "nothing is lost on the way" loses_nothing "$IQN"
(run_checks) && end_machine
