#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 3600
# Long
# Connections of several sessions are cut at random under load, in every way there is: each session comes back, no
# write is lost, done twice or done late, and no task is left in use.
#
# CUTS says how many, SEED begins the row of random numbers: scripts/vm --deadline 7000 env CUTS=1000 ./run random_cuts
. "${0%/*}/../lib.sh"

CUTS=${CUTS:-100}
SEED=${SEED:-$SRANDOM}
# Of the scripted target; LIO has one more.
MANY=3
LIO_IQN=iqn.2026-11.org.example:cuts
# Rules of one round. Its other cuts are that of all sessions when the scripted target is started anew, and an outage.
RULES=16
ROUNDS=$(((CUTS + RULES + MANY) / (RULES + MANY + 1)))
# PDUs of a kind from one of its cuts to the next, on the average, that all sessions see together.
GAP=40

sessions_up() {
	local name
	lio_start
	truncate -s 16M "$STATE/lio" "$STATE/disk"
	lio_target "$LIO_IQN" "$LIO_PORTAL" "$(lio_file cuts "$STATE/lio")"
	target_with /dev/null
	hostile_initiator
	discover "$LIO_PORTAL"
	lio_retains "$LIO_IQN"
	for name in "$HOSTILE_IQN" "$LIO_IQN"; do
		node_set "$name" node.session.timeo.replacement_timeout 600 node.session.iscsi.DefaultTime2Wait 0 \
			node.conn[0].timeo.noop_out_interval 2 node.conn[0].timeo.noop_out_timeout 3
	done
	node_set "$HOSTILE_IQN" node.session.nr_sessions "$MANY"
	iscsiadm -m node --login
	wait_for 60 all_disks
	for name in $(disks); do
		# A command may be cut off any number of times.
		echo -1 | tee "/sys/block/$name/device/scsi_disk"/*/max_retries
	done
	compgen -G "$SESSIONS/session*" >"$STATE/sessions"
}

# target_with FILE: the scripted target, with the rules in it.
target_with() {
	hostile_target --param MaxBurstLength=16384 --param FirstBurstLength=4096 --param InitialR2T=Yes \
		--param DefaultTime2Wait=0 --rules "$1"
}

disks() {
	find -L "$SESSIONS"/session*/device/target*/*/block/* -maxdepth 0 -printf '%f\n' 2>/dev/null
}

all_disks() {
	[ "$(disks | wc -l)" -eq "$((MANY + 1))" ]
}

# target_name DISK
target_name() {
	cat "/sys/block/$1/device/../../iscsi_session"/*/targetname
}

# How a connection ends for a target that does not say so.
ENDS=(close reset silence)

# rule NUMBER: where and how a connection ends. The counts are of all connections since the target was started. No
# subshell here: it would have random numbers of its own.
rule() {
	local after=$((1 + $1 * GAP + RANDOM % GAP)) in_header=$((1 + RANDOM % 47)) in_data=$((48 + RANDOM % 4096))
	local end=${ENDS[RANDOM % 3]} loud_end=${ENDS[RANDOM % 2]}
	case $((RANDOM % 11)) in
	0) echo "send data-in of read after $after: cut $in_header" ;;
	1) echo "send data-in of read after $after: cut $in_data" ;;
	2) echo "send data-in of read after $after: cut $in_data rst" ;;
	3) echo "send r2t after $after: cut $in_header" ;;
	4) echo "send r2t after $after: cut $in_header rst" ;;
	5) echo "send scsi-response of write after $after: cut $in_header" ;;
	6) echo "send scsi-response of write after $after: reset" ;;
	7) echo "recv data-out after $after: $end" ;;
	8) echo "recv scsi-command after $after: $end" ;;
	9) echo "recv data-out after $after: deaf, delay $((RANDOM % 2000)), $loud_end" ;;
	# While all of them log in again.
	10) echo "login $((1 + RANDOM % MANY)): $loud_end" ;;
	esac
}

# Of all sessions with LIO, or of all there are.
OUTAGES=(portal_off silence)

# work DISK PART: every block of the part is overwritten again and again. Each time it says which write of the row it
# was: what is read in the end must be the last one.
work() {
	fio --name=work --filename="/dev/$1" --disk_util=0 --offset="$2M" --size=1M --io_size=2M --bs=32k --iodepth=8 \
		--ioengine=io_uring --direct=1 --rw=randwrite --norandommap=1 --serialize_overlap=1 --randseed="$SRANDOM" \
		--verify=crc32c --verify_write_sequence=1 --verify_fatal=1 --verify_state_save=0 --output="$STATE/fio.$1" || {
		grep -E 'fio: |verify: |err=' "$STATE/fio.$1"
		return 1
	}
}

# What this test relies on: writes in the order of their numbers, each once.
late_write_is_found() {
	local disk late
	disk=$(disks | head -n 1)
	while :; do
		dd if="/dev/$disk" of="$STATE/block" bs=32k count=1 iflag=direct status=none
		# What was never written would be found without a row.
		cmp -s -n 32768 "$STATE/block" /dev/zero && continue
		sleep 0.02
		dd if="$STATE/block" of="/dev/$disk" bs=32k count=1 oflag=direct conv=notrunc status=none
	done &
	late=$!
	at_end "kill $late"
	refused work_for_a_while "$disk" >"$STATE/late" 2>&1
	grep 'verify: bad header' "$STATE/late" || {
		tail "$STATE/late"
		return 1
	}
}

work_for_a_while() {
	local _
	for _ in {1..100}; do
		work "$1" 0 || return 1
	done
}

load() {
	local disk part=0
	rm -f "$STATE/enough" "$STATE"/jobs.*
	for disk in $(disks); do
		(while [ ! -e "$STATE/enough" ]; do work "$disk" "$part" || exit 1; done) &
		echo $! >>"$STATE/jobs"
		part=$((part + 1))
	done
}

# No load may have ended of itself, or what comes is no cut under load.
loaded_still() {
	local job
	while read -r job; do
		kill -0 "$job" || fail "a load has ended: $(cat "$STATE"/fio.* | grep -E 'fio: |verify: |err=')"
	done <"$STATE/jobs"
}

finish_load() {
	local job
	touch "$STATE/enough"
	while read -r job; do
		wait "$job" || fail "what was read is not what was written"
	done <"$STATE/jobs"
	rm "$STATE/jobs"
}

fired() {
	grep -c '^rule [0-9]* fired' "$STATE/hostile.log"
}

all_fired() {
	loaded_still
	[ "$(fired)" -eq "$RULES" ]
}

many() {
	[ "$(grep -lx "$2" "$SESSIONS"/session*/"$1" 2>/dev/null | wc -l)" -eq "$3" ]
}

lio_failed() {
	in_state "$LIO_IQN" FAILED
}

portal_off() {
	sleep "0.$((RANDOM % 10))"
	lio_set "$LIO_IQN" enable 0
	wait_for 20 lio_failed
	lio_set "$LIO_IQN" enable 1
}

# Nothing gets through, in no direction, until a ping is missed.
silence() {
	tc qdisc replace dev lo root netem loss 100%
	at_end 'tc qdisc delete dev lo root 2>/dev/null'
	wait_for 30 lio_failed
	tc qdisc delete dev lo root
}

# All of them are the sessions that there were, and execute commands.
all_back() {
	[ "$(compgen -G "$SESSIONS/session*")" = "$(cat "$STATE/sessions")" ] &&
		many state LOGGED_IN "$((MANY + 1))" &&
		[ "$(grep -lx up "$CONNECTIONS"/connection*/state | wc -l)" -eq "$((MANY + 1))" ]
}

agree() {
	local disk
	for disk in $(disks); do
		case $(target_name "$disk") in
		"$LIO_IQN") same_as_target "$disk" "$STATE/lio" ;;
		*) same_as_target "$disk" "$STATE/disk" ;;
		esac
	done
}

# cut_round NUMBER
cut_round() {
	local number
	RANDOM=$(((SEED + $1) % 32768))
	for ((number = 0; number < RULES; number++)); do
		rule "$number"
	done >"$STATE/rules"
	cp "$STATE/rules" "$STATE/rules.$1"
	at_end 'touch "$STATE/enough"; pkill -KILL -x fio'
	at_end 'cat "$STATE/rules"; tail -n 20 "$STATE/hostile.log"'
	load
	sleep 1
	loaded_still
	stop_daemon hostile KILL
	target_with "$STATE/rules"
	"${OUTAGES[RANDOM % 2]}"
	wait_for 240 all_fired
	finish_load
	wait_for 60 all_back
	agree
}

# A task that was lost is missed for ever. Pings come and go.
no_task_missing() {
	local file
	for file in "$DEBUGFS"/iscsi/session*/counters; do
		[ "$(sed -n 's/^free_tasks //p' "$file")" -eq "$(($(sed -n 's/^tasks //p' "$file") - 1))" ] || return 1
		[ "$(sed -n 's/^queue //p' "$file")" -eq 0 ] || return 1
	done
}

all_tasks_free() {
	ours libiscsi || skip "C libiscsi does not tell"
	mountpoint -q "$DEBUGFS" || mount -t debugfs debugfs "$DEBUGFS"
	same "sessions" "$(compgen -G "$DEBUGFS/iscsi/session*/counters" | wc -l)" "$((MANY + 1))"
	(wait_for 20 no_task_missing) || fail "$(grep -HE 'tasks|queue' "$DEBUGFS"/iscsi/session*/counters)"
}

count_cuts() {
	local failures
	failures=$(dmesg | sed '0,/selftest: begin random_cuts$/d' | grep -c 'detected conn error')
	remark "seed $SEED, $ROUNDS rounds: $failures failures of connections were seen"
	[ "$failures" -ge "$CUTS" ]
}

logouts() {
	timeout 120 iscsiadm -m node --logout
	no_session
	stop_daemon hostile KILL
}

need "$((MANY + 1)) sessions at two targets" sessions_up
check "a write that is done again, late, is found" late_write_is_found
for ((round = 1; round <= ROUNDS; round++)); do
	check "round $round of $ROUNDS" cut_round "$round"
	check "all tasks are free after round $round" all_tasks_free
done
check "$CUTS connections were cut" count_cuts
check "all log out" logouts
run_checks
