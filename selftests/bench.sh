#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What an I/O costs on the kernel's own modules and on ours, in turns, in one machine. scripts/bench runs it and reads it.
#
#   bench.sh instructions|seconds|settings TURN...
#
# A turn is C and ours, or ours and C where its number is even, so that what drifts meanwhile drifts for both. Prints a
# line for each run of fio, fields separated by tabs: "cost", the turn, c or rust, workload, I/Os, nanoseconds, context
# switches, TCP segments, and, for the run after it, I/Os and calls of the TCP stack that send.
#
# instructions: the machine has one processor whose clock is moved by the instructions it runs, so that time counts them.
# seconds: the clock is a clock.
# settings: as instructions, but a turn is ours with one setting after the other, whose names stand for c or rust.
set -euo pipefail
. "${0%/*}/lib.sh"

IQN=iqn.2026-11.org.example:bench
WORKLOADS=()
for rw in randread randwrite; do
	for bs in 4k 64k; do
		for depth in 1 32; do
			WORKLOADS+=("$rw $bs $depth")
		done
	done
done

# Enough for fio's clock, which counts milliseconds, to be exact to a part in a thousand where time is instructions.
ios_of() {
	case $MODE:$1 in
	seconds:64k) echo 2000 ;;
	*:64k) echo 1500 ;;
	*) echo 6000 ;;
	esac
}

# A target that neither reads nor writes: what it costs is the same for both.
target() {
	local store=$LIO/core/rd_mcp_0/bench
	lio_start
	mkdir -p "$store"
	echo "rd_pages=16384,rd_nullio=1" >"$store/control"
	echo 1 >"$store/enable"
	lio_target "$IQN" "$LIO_PORTAL" "$store"
}

switches() {
	sed -n 's/^ctxt //p' /proc/stat
}

segments() {
	awk '$1 == "Tcp:" && $2 ~ /^[0-9]/ { print $12 }' /proc/net/snmp
}

# run_fio DISK RW BS DEPTH IOS: prints nanoseconds.
run_fio() {
	fio --name=bench --filename="/dev/$1" --ioengine=io_uring --direct=1 --rw="$2" --bs="$3" --iodepth="$4" \
		--number_ios="$5" --size=60M --norandommap --randrepeat=1 --output-format=json --output="$STATE/fio"
	awk -F '[:,]' '/"(read|write)" :/ { which = $1 } /"runtime"/ && which ~ /read|write/ { ms += $2 } END { print ms * 1000000 }' \
		"$STATE/fio"
}

# sends DISK RW BS DEPTH IOS: how often the TCP stack was asked to send meanwhile, by either end.
sends() {
	echo 'p:bench/sends tcp_sendmsg_locked' >"$TRACING/kprobe_events"
	echo 1 >"$TRACING/events/bench/sends/enable"
	run_fio "$@" >/dev/null
	echo 0 >"$TRACING/events/bench/sends/enable"
	awk '$1 ~ /sends$/ { print $2 }' "$TRACING/kprobe_profile"
	echo >"$TRACING/kprobe_events"
	echo >"$TRACING/trace"
}

# measure TURN MODULES DISK RW BS DEPTH
measure() {
	local turn=$1 modules=$2 disk=$3 rw=$4 bs=$5 depth=$6 ios ns before sent=0 sending
	ios=$(ios_of "$bs")
	sending=$((ios / 10))
	before=("$(switches)" "$(segments)")
	ns=$(run_fio "$disk" "$rw" "$bs" "$depth" "$ios")
	local after=("$(switches)" "$(segments)")
	[ "$MODE" != instructions ] || sent=$(sends "$disk" "$rw" "$bs" "$depth" "$sending")
	printf 'cost\t%s\t%s\t%s %s %s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$turn" "$modules" "$rw" "$bs" "$depth" "$ios" "$ns" \
		$((after[0] - before[0])) $((after[1] - before[1])) "$sending" "$sent"
}

# workloads TURN NAME: all of them, on the session there is.
workloads() {
	local turn=$1 name=$2 disk workload
	disk=$(disk_of "$IQN")
	settle
	ask_udev control --stop-exec-queue
	[ "$name" != scheduler ] || echo none >"/sys/block/$disk/queue/scheduler"
	run_fio "$disk" randrw 16k 8 500 >/dev/null
	for workload in "${WORKLOADS[@]}"; do
		# shellcheck disable=SC2086 # words
		measure "$turn" "$name" "$disk" $workload
	done
	ask_udev control --start-exec-queue
}

# begin [NAME VALUE...]: a session, with these values in its record.
begin() {
	initiator_start >/dev/null
	discover "$LIO_PORTAL" >/dev/null
	[ $# -eq 0 ] || node_set "$IQN" "$@"
	login "$IQN" >/dev/null
}

end() {
	logout "$IQN" >/dev/null
	initiator_stop
	unload_initiator
}

# with_modules TURN MODULES: all workloads on these modules.
with_modules() {
	local modules=$2 module kind
	install_modules "$modules"
	begin
	[ "$modules" = c ] && kind=C || kind=Rust
	for module in "${INITIATOR_MODULES[@]}"; do
		[ "$(module_kind "$module")" = "$kind" ] || fail "$module is not the $kind one"
	done
	workloads "$@"
	end
}

# with_setting TURN SETTING: all workloads on ours.
with_setting() {
	case $2 in
	digests) begin 'node.conn[0].iscsi.HeaderDigest' CRC32C 'node.conn[0].iscsi.DataDigest' CRC32C ;;
	queue)
		modprobe iscsi_tcp recv_from_iscsi_q=1
		begin
		;;
	*) begin ;;
	esac
	workloads "$@"
	end
}

# sides TURN
sides() {
	[ $(($1 % 2)) -eq 0 ] && echo rust c || echo c rust
}

MODE=$1
shift
target
for turn in "$@"; do
	if [ "$MODE" = settings ]; then
		for setting in defaults digests scheduler queue; do
			with_setting "$turn" "$setting"
		done
		continue
	fi
	for modules in $(sides "$turn"); do
		with_modules "$turn" "$modules"
	done
done
lio_stop
echo "complete"
