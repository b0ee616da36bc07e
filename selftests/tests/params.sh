#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The three parameters of iscsi_tcp, in name, mode, format and effect.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:params
PARAMETERS=/sys/module/iscsi_tcp/parameters
EVENT=iscsi/iscsi_dbg_sw_tcp

# shown NAME MODE VALUE
shown() {
	same "mode of $1" "$(stat -c %a "$PARAMETERS/$1")" "$2"
	same "$1" "$(cat "$PARAMETERS/$1")" "$3"
}

defaults() {
	modprobe iscsi_tcp
	same "parameters" "$(ls "$PARAMETERS" | tr '\n' ' ')" "debug_iscsi_tcp max_lun recv_from_iscsi_q "
	shown max_lun 444 4294967295
	shown recv_from_iscsi_q 644 N
	shown debug_iscsi_tcp 644 0
}

# described: modinfo names them with their types, for those who never load it.
described() {
	same "types" "$(modinfo -F parm iscsi_tcp | sed -n 's/^\([a-z_]*\):.*(\(.*\))$/\1 \2/p' | sort | tr '\n' ';')" \
		"debug_iscsi_tcp int;max_lun uint;recv_from_iscsi_q bool;"
}

bool_values() {
	local word
	for word in 1 y Y on; do
		echo "$word" >"$PARAMETERS/recv_from_iscsi_q"
		same "after $word" "$(cat "$PARAMETERS/recv_from_iscsi_q")" Y
	done
	for word in 0 n N off; do
		echo "$word" >"$PARAMETERS/recv_from_iscsi_q"
		same "after $word" "$(cat "$PARAMETERS/recv_from_iscsi_q")" N
	done
	refused sh -c "echo maybe >$PARAMETERS/recv_from_iscsi_q"
	same "after a refusal" "$(cat "$PARAMETERS/recv_from_iscsi_q")" N
}

int_values() {
	echo 0x10 >"$PARAMETERS/debug_iscsi_tcp"
	same "after 0x10" "$(cat "$PARAMETERS/debug_iscsi_tcp")" 16
	echo -1 >"$PARAMETERS/debug_iscsi_tcp"
	same "after -1" "$(cat "$PARAMETERS/debug_iscsi_tcp")" -1
	refused sh -c "echo 1x >$PARAMETERS/debug_iscsi_tcp"
	echo 0 >"$PARAMETERS/debug_iscsi_tcp"
}

# refused_at_load PARAMETER: with EINVAL, and nothing of it remains.
refused_at_load() {
	local answer
	! loaded iscsi_tcp || rmmod iscsi_tcp
	answer=$(modprobe iscsi_tcp "$1" 2>&1) && fail "loaded with $1"
	grep 'Invalid argument' <<<"$answer"
	refused loaded iscsi_tcp
	refused test -e /sys/class/iscsi_transport/tcp
}

# LUN 0 and LUN 3 are there; with max_lun=2 the second is too far for the host.
max_lun() {
	modprobe iscsi_tcp max_lun=2
	shown max_lun 444 2
	initiator_start
	discover "$LIO_PORTAL"
	login "$IQN"
	settle
	disk_of "$IQN" 0
	refused disk_of "$IQN" 3
	logout "$IQN"
	rmmod iscsi_tcp
	modprobe iscsi_tcp max_lun=0x4
	shown max_lun 444 4
	login "$IQN"
	wait_for 20 disk_of "$IQN" 3
	disk_of "$IQN" 0
}

target_up() {
	local group=$LIO/iscsi/$IQN/tpgt_1/lun/lun_3
	lio_disk "$IQN" 4
	mkdir "$group"
	ln -s "$(lio_ramdisk far 4)" "$group/store"
}

read_something() {
	dd if="/dev/$(disk_of "$IQN" 0)" of=/dev/null bs=4k count=20 iflag=direct
}

# log_lines: what the log has of connections, as everything the parameter adds is about one.
log_lines() {
	dmesg | grep -cE ' connection[0-9]+:[0-9]+: ' || true
}

# The events come with the tracepoint alone; the parameter is for the log.
events_without_log() {
	local lines
	echo 0 >"$PARAMETERS/debug_iscsi_tcp"
	lines=$(log_lines)
	trace_on "$EVENT"
	read_something
	trace_off
	[ "$(grep -c iscsi_dbg_sw_tcp "$EVENTS")" -ge 40 ]
	grep -qE 'iscsi_dbg_sw_tcp: connection[0-9]+:0: ' "$EVENTS"
	same "lines in the log" "$(log_lines)" "$lines"
}

log_when_asked() {
	local lines
	echo 1 >"$PARAMETERS/debug_iscsi_tcp"
	lines=$(log_lines)
	read_something
	echo 0 >"$PARAMETERS/debug_iscsi_tcp"
	[ "$(log_lines)" -ge "$((lines + 20))" ] || fail "$lines lines before, $(log_lines) after"
}

quiet_by_default() {
	local lines
	lines=$(log_lines)
	read_something
	same "lines in the log" "$(log_lines)" "$lines"
}

need "names, modes and defaults" defaults
check "modinfo knows their types" described
check "recv_from_iscsi_q takes what a bool takes" bool_values
check "debug_iscsi_tcp takes what an int takes" int_values
check "max_lun=0 is refused" refused_at_load max_lun=0
check "max_lun=-1 is refused" refused_at_load max_lun=-1
check "recv_from_iscsi_q=maybe is refused" refused_at_load recv_from_iscsi_q=maybe
need "the target is up" target_up
need "max_lun bounds what is found" max_lun
check "quiet by default" quiet_by_default
check "the tracepoint works without the parameter" events_without_log
check "debug_iscsi_tcp=1 fills the log" log_when_asked
check "and 0 ends it" quiet_by_default
run_checks
