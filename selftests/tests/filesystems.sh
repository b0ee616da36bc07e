#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 180
# What disks are for: file systems, and I/O of all sizes and depths.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:filesystems

# xfs refuses less than 300 MiB.
need "the target is up" lio_disk "$IQN" 320
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
need "login" login "$IQN"
check_disk_work "$IQN"
check "logout" logout "$IQN"
run_checks
