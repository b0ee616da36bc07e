#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's other transports find all they need in the libraries: those of the Chelsio cards in libiscsi_tcp, the
# rest in libiscsi. There are no such cards here; loading a driver resolves every symbol, and registers its transport.
. "${0%/*}/../lib.sh"

CLASS=/sys/class/iscsi_transport

# The debug kernel has none for cards.
need_module() {
	modinfo -n "$1" >/dev/null 2>&1 || skip "this kernel has no module $1"
}

# transport_loads MODULE NAME CAPABILITIES
transport_loads() {
	need_module "$1"
	modprobe "$1"
	at_end "modprobe -r $1"
	same "capabilities of $2" "$(cat "$CLASS/$2/caps")" "$3"
	settle
	modprobe -r "$1"
	refused test -e "$CLASS/$2"
}

all_at_once() {
	need_module cxgb3i
	at_end 'modprobe -r -a cxgb3i cxgb4i'
	modprobe -a iscsi_tcp cxgb3i cxgb4i
	local used
	used=$(ls /sys/module/libiscsi_tcp/holders | sort | tr '\n' ' ')
	# libcxgbi is what the two drivers have in common.
	case $used in
	*cxgb*iscsi_tcp*) ;;
	*) fail "libiscsi_tcp is used by: $used" ;;
	esac
	remark "libiscsi_tcp is $(module_kind libiscsi_tcp), used by: $used"
	refused rmmod libiscsi_tcp
}

parameter() {
	modprobe libiscsi_tcp
	local file=/sys/module/libiscsi_tcp/parameters/debug_libiscsi_tcp
	same "mode" "$(stat -c %a "$file")" 644
	same "default" "$(cat "$file")" 0
	same "type" "$(modinfo -F parm libiscsi_tcp | sed -n 's/^\([a-z_]*\):.*(\(.*\))$/\1 \2/p')" "debug_libiscsi_tcp int"
}

check "cxgb3i" transport_loads cxgb3i cxgb3i 0x30b9
check "cxgb4i" transport_loads cxgb4i cxgb4i 0x30b9
check "both, and iscsi_tcp" all_at_once
check "be2iscsi" transport_loads be2iscsi be2iscsi 0x8b9
check "bnx2i" transport_loads bnx2i bnx2i 0x8b9
check "qedi" transport_loads qedi qedi 0x8b9
check "qla4xxx" transport_loads qla4xxx qla4xxx 0x48b8
check "ib_iser" transport_loads ib_iser iser 0x89
check "the parameter of libiscsi_tcp" parameter
run_checks
