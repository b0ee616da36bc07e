#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The behaviour record: what user space can see of the four modules, a fact a line, with whatever is different each
# time (numbers of hosts and sessions, addresses, times) replaced by a name. See scripts/parity.
. "${0%/*}/lib.sh"
set -uo pipefail

IQN=iqn.2026-11.org.example:record

# Numbers that depend on what was there before, and on the clock.
canonical() {
	sed -E \
		-e 's/\b(host|session|target|connection|rport-|iscsi_q_|iscsi_ctrl_)[0-9]+(:[0-9]+)*/\1N/g' \
		-e 's/\b[0-9]+:0:0:([0-9]+)\b/H:0:0:\1/g' -e 's/\b(session|host|sid:?|connection|cid) [0-9]+(:[0-9]+)?/\1 N/g' \
		-e 's/\b0x[0-9a-f]{8,}\b/ADDRESS/g' -e 's/\b[0-9a-f]{16}\b/ADDRESS/g' -e 's/\bsd[a-z]\b/DISK/g' -e 's/\bsg[0-9]+\b/SG/g' \
		-e 's/\bscsi[0-9]+ Channel/scsiN Channel/'
}

# facts AREA: prints the lines of standard input as facts of the area.
facts() {
	canonical | sed "s|^|$1: |"
}

# file_facts FOLDER: path, mode and content of every file in it that belongs to iSCSI.
file_facts() {
	local file content
	find -L "$1" -maxdepth 1 -type f ! -name 'subsystem' | sort | while read -r file; do
		case $file in
		# The process that made it, a port of the moment, sequence numbers, and an address of the kernel.
		*/creator | */local_port | */exp_statsn | */handle) content=$(cat "$file" 2>&1 | sed 's/[0-9][0-9]*/NUMBER/') ;;
		*/unique_id | */host_busy | */device_busy | */io*_cnt) content=VOLATILE ;;
		*) content=$(tr '\n\0' '||' <"$file" 2>&1 | sed 's/|$//') ;;
		esac
		echo "${file#/sys/} $(stat -L -c %a "$file") '${content//"$file: "/}'"
	done
}

sysfs_facts() {
	local object
	for object in /sys/class/iscsi_{transport,host,session,connection,endpoint,iface}/*; do
		[ ! -e "$object" ] || { readlink -f "$object" | sed "s|^|${object#/sys/} is |" && file_facts "$object"; }
	done
	for object in /sys/class/scsi_host/host*; do
		[ "$(cat "$object/proc_name" 2>/dev/null)" != iscsi_tcp ] || file_facts "$object"
	done
	for object in /sys/bus/workqueue/devices/iscsi*; do
		[ ! -e "$object" ] || file_facts "$object"
	done
	for object in /sys/class/iscsi_session/session*/device/target*/*:*; do
		[ ! -e "$object" ] || file_facts "$object" | grep -E ' (queue_depth|queue_type|timeout|eh_timeout|state) '
	done
}

# What a module says of itself.
module_facts() {
	local module field
	for module in "${INITIATOR_MODULES[@]}"; do
		echo "$module taint '$(cat "/sys/module/$module/taint")'"
		for field in alias description license parm; do
			modinfo -F "$field" "$module" | sed "s/^/$module $field /"
		done
		file_facts "/sys/module/$module/parameters" 2>/dev/null
	done
}

# What changes as it is used.
use_facts() {
	local module
	for module in "${INITIATOR_MODULES[@]}"; do
		echo "$module $(cat "/sys/module/$module/initstate"), $(cat "/sys/module/$module/refcnt") users:" \
			"$(cd "/sys/module/$module/holders" && echo *)"
	done
}

tracepoint_facts() {
	local event
	for event in /sys/kernel/tracing/events/iscsi/*/; do
		sed -nE "s|^.*field:|$(basename "$event") |p" "$event/format"
	done
}

# log_facts: what the kernel has said since the last call, each thing once.
log_facts() {
	# Of a call trace its first line says enough.
	dmesg | sed '0,/selftest: record/d' | grep -E 'iscsi|scsi|sd |connection|session' |
		grep -vE '\+0x[0-9a-f]+/0x|CPU: [0-9]|Comm: ' |
		sed -E -e 's/^\[ *[0-9.]+\] //' | canonical | sed -E 's/[0-9]+/N/g' | sort -u
	dmesg --clear
	echo "selftest: record" >/dev/kmsg
}

# state NAME [CHANCE]: everything that can be seen in it; what the kernel may or may not have said is left out.
state() {
	settle
	sysfs_facts | facts "$1/sysfs"
	use_facts | facts "$1/module"
	log_facts | grep -vE "${2:-^$}" | facts "$1/log"
}

uevent_facts() {
	awk 'BEGIN { RS = "" }
		/SUBSYSTEM=(iscsi|scsi_host)/ || /DEVPATH=.*\/session[0-9]+\/?[^\/]*$/ { gsub(/\n/, " "); print }' "$STATE/uevents" |
		sed -E -e 's/^KERNEL\[[0-9.]+\]/KERNEL/' -e 's/ SEQNUM=[0-9]+//' | canonical | sort -u
}

trace_facts() {
	sed -nE 's/^.*: (iscsi_dbg_[a-z_]+): /\1 /p' "$EVENTS" | canonical |
		sed -E -e 's/\b(0x)?[0-9a-f]*[0-9][0-9a-f]*\b/N/g' | sort -u
}

# recovery_tmo_facts VALUE: what comes of writing to the attribute; it is VALUE before each and in the end.
recovery_tmo_facts() {
	local file text
	file=$SESSIONS/session$(session_of "$IQN")/recovery_tmo
	for text in 77 0 -1 -2 off OFF offline o 010 0x10 ' 5' '5 ' 5x $'5\n' $'\n' x 2147483647 2147483648 4294967296 \
		18446744073709551616; do
		echo "${text@Q}: $( (printf '%s' "$text" >"$file") 2>&1 | sed 's/^.*: //') $(cat "$file")"
		(echo "$1" >"$file") 2>/dev/null
	done
}

session_settles() {
	[ "$(session_attr "$IQN" state)" = "$1" ]
}

# The initiator finds out that the target is gone when it asks it something.
target_goes() {
	# Its end is no news to this shell.
	disown -a
	stop_daemon tgtd KILL
	wait_for 60 session_settles "$1"
}

target_returns() {
	{
		tgt_start
		tgt_target 1 "$IQN" "$STATE/disk"
		wait_for 60 session_settles LOGGED_IN
	} >/dev/null
}

echo "selftest: record" >/dev/kmsg
netlink_start >/dev/null
state loaded
module_facts | facts loaded/module
tracepoint_facts | facts tracepoints
netlink record | facts netlink
setpriv --reuid=65534 --clear-groups "$SELFTESTS/bin/iscsi-netlink" record-others | facts netlink
# The session may have given up recovery before it was put away.
state after-netlink 'recovery timed out'
coproc holder { netlink hold; }
read -r held <&"${holder[0]}"
[ "$held" = held ] || exit 1
state unbound
eval "exec ${holder[1]}>&-"
# shellcheck disable=SC2154 # the name is that of the coprocess
wait "$holder_PID"

truncate -s 64M "$STATE/disk"
{
	tgt_start
	tgt_target 1 "$IQN" "$STATE/disk"
	initiator_start 'node.session.timeo.replacement_timeout = 120' 'node.conn[0].timeo.noop_out_interval = 0' \
		'node.conn[0].timeo.noop_out_timeout = 0'
	discover "$TGT_PORTAL"
} >/dev/null
udevadm monitor --kernel --property >"$STATE/uevents" &
monitor=$!
trace_on iscsi/iscsi_dbg_{conn,session,eh,tcp,sw_tcp,trans_session,trans_conn}
login "$IQN" | facts login/iscsiadm
dd if="/dev/$(disk_of "$IQN")" of=/dev/null bs=64k count=4 iflag=direct status=none
dd if=/dev/zero of="/dev/$(disk_of "$IQN")" bs=512k count=2 oflag=direct status=none
trace_off
trace_facts | facts login/trace
state logged-in
iscsiadm -m session -P 3 | grep -vE 'iscsiadm version|Host Number|SID:|sd[a-z]' | facts logged-in/iscsiadm
iscsiadm -m session -r "$(session_of "$IQN")" -s | sed -E 's/: [0-9]+$/: NUMBER/' | facts logged-in/iscsiadm
recovery_tmo_facts 120 | facts logged-in/recovery_tmo
target_goes FAILED
state recovering
recovery_tmo_facts 120 | facts recovering/recovery_tmo
target_returns
# A login may have come before the target was back.
state recovered 'detected conn error'
echo 1 >"$SESSIONS/session$(session_of "$IQN")/recovery_tmo"
target_goes FREE
state failed
recovery_tmo_facts 1 | facts failed/recovery_tmo
target_returns
state revived 'detected conn error'
logout "$IQN" | facts logout/iscsiadm
wait_for 20 no_session
state logged-out
kill "$monitor"
uevent_facts | facts uevents
stop_daemon iscsid
unload_initiator
compgen -G '/sys/class/iscsi_*' | facts unloaded/sysfs
log_facts | facts unloaded/log
echo "complete: yes"
