#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kernel's other transports find all they need in the libraries: those of the Chelsio cards in libiscsi_tcp, the
# rest in libiscsi. There are no such cards here; loading a driver resolves every symbol, and registers its transport.
. "${0%/*}/../lib.sh"

CLASS=/sys/class/iscsi_transport
IQN=iqn.2026-11.org.example:transports

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

# unsolicited_data: a disk and a session in which a write of 64 KiB has several Data-Out PDUs without an R2T.
unsolicited_data() {
	lio_disk "$IQN" 16
	lio_set "$IQN" param/InitialR2T No
	lio_set "$IQN" param/FirstBurstLength 65536
	initiator_start
	discover "$LIO_PORTAL"
	node_set "$IQN" node.session.iscsi.InitialR2T No node.session.iscsi.FirstBurstLength 65536 \
		node.conn[0].iscsi.MaxXmitDataSegmentLength 8192
	login "$IQN"
	same initial_r2t "$(session_attr "$IQN" initial_r2t)" 0
	same max_xmit_dlength "$(conn_attr "$IQN" max_xmit_dlength)" 8192
}

# Where a burst has come to is what a transport finds in the R2T when it prepares a PDU: cxgb4i tells its card so.
progress_in_r2t() {
	local offset start sent pdus=0
	! ours iscsi_tcp || skip "no probe can be put into Rust: run it under the C iscsi_tcp, libiscsi_tcp/transports"
	fields_known || skip "this kernel has no BTF, by which a probe finds the fields of a task"
	unsolicited_data
	probe prepared 'p iscsi_sw_tcp_pdu_init offset=offset start=task->unsol_r2t.data_offset sent=task->unsol_r2t.sent'
	trace_on selftest/prepared
	dd if=/dev/zero of="/dev/$(disk_of "$IQN")" bs=64k count=8 oflag=direct
	trace_off
	while read -r offset start sent; do
		# The request has the immediate data.
		[ "$offset" -ne 0 ] || continue
		same "sent before the PDU at $offset" "$sent" "$((offset - start))"
		pdus=$((pdus + 1))
	done < <(sed -n 's/.*: prepared: .* offset=\([0-9]*\) start=\([0-9]*\) sent=\([0-9]*\)$/\1 \2 \3/p' "$EVENTS")
	within "Data-Out PDUs" "$pdus" 16 1024
	logout "$IQN"
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
check "an R2T says how much was sent before a PDU" progress_in_r2t
run_checks
