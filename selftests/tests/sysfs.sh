#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a session of this transport shows in sysfs: these attributes, no others, all readable, none writable
# but recovery_tmo; and addresses that are the socket's own.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:sysfs
# Not the address the initiator connects from.
ADDRESS=127.0.0.2
declare -A ATTRIBUTES
ATTRIBUTES[host]="hwaddress initiatorname ipaddress netdev"
ATTRIBUTES[session]="abort_tmo creator data_pdu_in_order data_seq_in_order erl fast_abort first_burst_len ifacename
	immediate_data initial_r2t initiatorname lu_reset_tmo max_burst_len max_outstanding_r2t password
	password_in recovery_tmo state target_id target_state targetname tgt_reset_tmo tpgt username username_in"
ATTRIBUTES[conn]="address data_digest exp_statsn header_digest local_port max_recv_dlength max_xmit_dlength
	persistent_address persistent_port ping_tmo port recv_tmo state"

host() {
	readlink -f "$SESSIONS/session$(session_of "$IQN")" | sed 's,.*/\(host[0-9]*\)/.*,\1,'
}

folder_of() {
	case $1 in
	host) echo "/sys/class/iscsi_host/$(host)" ;;
	session) echo "$SESSIONS/session$(session_of "$IQN")" ;;
	conn) echo "$CONNECTIONS/connection$(session_of "$IQN"):0" ;;
	esac
}

# exactly FOLDER ATTRIBUTE...: the files of the class device, apart from those every device has.
exactly() {
	local folder
	folder=$(folder_of "$1")
	shift
	same "attributes" "$(find "$folder/" -maxdepth 1 -type f ! -name uevent -printf '%f\n' | sort | xargs)" \
		"$(printf '%s\n' "$@" | sort | xargs)"
}

# modes FOLDER ATTRIBUTE...
modes() {
	local folder name mode
	folder=$(folder_of "$1")
	shift
	for name in "$@"; do
		mode=444
		[ "$name" != recovery_tmo ] || mode=644
		same "mode of $name" "$(stat -c %a "$folder/$name")" "$mode"
	done
}

# readable FOLDER ATTRIBUTE...: one line each, what is not set as "(null)".
readable() {
	local folder name lines
	folder=$(folder_of "$1")
	shift
	for name in "$@"; do
		mapfile -t lines <"$folder/$name"
		same "lines of $name" "${#lines[@]}" 1
		[ -n "${lines[0]}" ] || fail "$name is empty"
	done
}

# attr FOLDER NAME
attr() {
	cat "$(folder_of "$1")/$2"
}

# What ss knows of the socket.
socket_agrees() {
	local port
	port=$(attr conn local_port)
	same address "$(attr conn address)" "$ADDRESS"
	same port "$(attr conn port)" 3260
	same persistent_address "$(attr conn persistent_address)" "$ADDRESS"
	same persistent_port "$(attr conn persistent_port)" 3260
	same ipaddress "$(attr host ipaddress)" 127.0.0.1
	same "sockets" "$(ss -Htn state established "src 127.0.0.1:$port and dst $ADDRESS:3260" | wc -l)" 1
}

values() {
	same targetname "$(attr session targetname)" "$IQN"
	same "session's initiatorname" "$(attr session initiatorname)" "$INITIATOR"
	# Set for offload hosts only.
	same "host's initiatorname" "$(attr host initiatorname)" "(null)"
	same "host's netdev" "$(attr host netdev)" "(null)"
	same "host's hwaddress" "$(attr host hwaddress)" "(null)"
	same ifacename "$(attr session ifacename)" default
	same "session's state" "$(attr session state)" LOGGED_IN
	same "connection's state" "$(attr conn state)" up
	same target_state "$(attr session target_state)" SCANNED
	same tpgt "$(attr session tpgt)" 1
	same erl "$(attr session erl)" 0
	same username "$(attr session username)" "(null)"
	same password "$(attr session password)" "(null)"
	same proc_name "$(cat "/sys/class/scsi_host/$(host)/proc_name")" iscsi_tcp
	same max_recv_dlength "$(attr conn max_recv_dlength)" 262144
}

# The settings that iscsid hands down before it logs in.
timeouts() {
	same abort_tmo "$(attr session abort_tmo)" 16
	same lu_reset_tmo "$(attr session lu_reset_tmo)" 31
	same tgt_reset_tmo "$(attr session tgt_reset_tmo)" 32
	same recovery_tmo "$(attr session recovery_tmo)" 77
	same ping_tmo "$(attr conn ping_tmo)" 7
	same recv_tmo "$(attr conn recv_tmo)" 8
}

recovery_tmo_written() {
	local file
	file=$(folder_of session)/recovery_tmo
	echo 33 >"$file"
	same recovery_tmo "$(cat "$file")" 33
	echo off >"$file"
	same recovery_tmo "$(cat "$file")" off
	refused sh -c "echo 12x >$file"
}

# StatSN goes on with every command.
exp_statsn_moves() {
	local before
	before=$(attr conn exp_statsn)
	dd if="/dev/$(disk_of "$IQN")" of=/dev/null bs=4k count=10 iflag=direct
	within exp_statsn "$(($(attr conn exp_statsn) - before))" 10 20
}

# The host's limits, which block and SCSI layer take from the module.
limits() {
	local disk
	disk=$(disk_of "$IQN")
	same can_queue "$(cat "/sys/class/scsi_host/$(host)/can_queue")" 113
	same cmd_per_lun "$(cat "/sys/class/scsi_host/$(host)/cmd_per_lun")" 32
	same sg_tablesize "$(cat "/sys/class/scsi_host/$(host)/sg_tablesize")" 4096
	same queue_depth "$(cat "/sys/block/$disk/device/queue_depth")" 32
	same dma_alignment "$(cat "/sys/block/$disk/queue/dma_alignment")" 511
	same max_hw_sectors_kb "$(cat "/sys/block/$disk/queue/max_hw_sectors_kb")" 32767
	same max_segments "$(cat "/sys/block/$disk/queue/max_segments")" 2048
	same max_segment_size "$(cat "/sys/block/$disk/queue/max_segment_size")" 65536
	same virt_boundary_mask "$(cat "/sys/block/$disk/queue/virt_boundary_mask")" 0
	same queues "$(find "/sys/block/$disk/mq" -mindepth 1 -maxdepth 1 -type d | wc -l)" 1
}

target_up() {
	lio_start
	lio_target "$IQN" "$ADDRESS:3260" "$(lio_ramdisk sysfs 16)"
}

need "the target is up" target_up
need "iscsid runs" initiator_start \
	'node.session.err_timeo.abort_timeout = 16' 'node.session.err_timeo.lu_reset_timeout = 31' \
	'node.session.err_timeo.tgt_reset_timeout = 32' 'node.session.timeo.replacement_timeout = 77' \
	'node.conn[0].timeo.noop_out_timeout = 7' 'node.conn[0].timeo.noop_out_interval = 8'
need "discovery" discover "$ADDRESS"
need "login gives a disk" login "$IQN"
for what in host session conn; do
	# shellcheck disable=SC2086 # a list of names
	{
		check "$what: these attributes and no others" exactly "$what" ${ATTRIBUTES[$what]}
		check "$what: modes" modes "$what" ${ATTRIBUTES[$what]}
		check "$what: readable" readable "$what" ${ATTRIBUTES[$what]}
	}
done
check "addresses and ports are the socket's" socket_agrees
check "values" values
check "timeouts are those of the record" timeouts
check "recovery_tmo can be written" recovery_tmo_written
check "exp_statsn moves with the commands" exp_statsn_moves
check "limits of host and disk" limits
check "logout" logout "$IQN"
run_checks
