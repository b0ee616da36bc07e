#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a machine can do whose modules a package manager has put there: log in, write, read back, log out, unload.
# scripts/test-dkms runs it in machines of its own.
#
#   dkms.sh [MODULE...]     the modules that must be in Rust; the others must be the kernel's own
set -euo pipefail
. "${0%/*}/lib.sh"

IQN=iqn.2026-11.org.example:dkms

lio_disk "$IQN" 64
initiator_start
discover "$LIO_PORTAL"
login "$IQN"
for module in "${INITIATOR_MODULES[@]}"; do
	if [[ " $* " = *" $module "* ]]; then wanted=Rust; else wanted=C; fi
	file=$(modinfo -F filename "$module")
	echo "# $module: $(module_kind "$module"), $file, signed by '$(modinfo -F signer "$module")'"
	[ "$(module_kind "$module")" = "$wanted" ]
	case $wanted,$file in Rust,*/updates/dkms/*) ;; C,*/kernel/*) ;; *) false ;; esac
done
fio_verify "$(disk_of "$IQN")" 4k 16 2M
logout "$IQN"
stop_daemon iscsid
unload_initiator
refused loaded iscsi_tcp
echo "# all of it works"
