# SPDX-License-Identifier: GPL-2.0
# Targets that break the protocol on purpose (selftests/target), and what the initiator has to make of each way.

HOSTILE_PORTAL=127.0.0.1:3262
HOSTILE_IQN=iqn.2026-11.org.example:hostile

# hostile_target OPTION...: a target with a disk in $STATE/disk.
hostile_target() {
	rm -f "$STATE/hostile.log"
	daemon hostile "$SELFTESTS/bin/iscsi-target" --listen "$HOSTILE_PORTAL" --name "$HOSTILE_IQN" --file "$STATE/disk" "$@"
	wait_for 10 grep -q '^listening on' "$STATE/hostile.log"
}

# hostile_start RULE...: a target with a disk in $STATE/disk that obeys the protocol but for these rules. A command of
# 64 KiB takes several Data-In PDUs or R2Ts.
hostile_start() {
	local arguments=() rule
	for rule in "$@"; do
		arguments+=(--rule "$rule")
	done
	truncate -s 8M "$STATE/disk"
	hostile_target --param MaxBurstLength=16384 --param FirstBurstLength=4096 --param InitialR2T=Yes "${arguments[@]}"
}

# hostile_initiator: iscsid with a record of the target, and little patience, for a rule may be to say nothing. udev
# would read what the rules are not for.
hostile_initiator() {
	udev_not_for_disks
	initiator_start
	iscsiadm -m node -o new -T "$HOSTILE_IQN" -p "$HOSTILE_PORTAL"
	node_set "$HOSTILE_IQN" \
		node.conn[0].timeo.noop_out_interval 2 node.conn[0].timeo.noop_out_timeout "$((2 + SLOWNESS))" \
		node.conn[0].timeo.login_timeout 5 node.session.initial_login_retry_max 3 \
		node.session.err_timeo.abort_timeout 3 node.session.err_timeo.lu_reset_timeout 3 \
		node.session.err_timeo.tgt_reset_timeout 3 node.session.timeo.replacement_timeout 60
}

# hostile_digests WHAT: None or CRC32C, of headers and of data.
hostile_digests() {
	node_set "$HOSTILE_IQN" node.conn[0].iscsi.HeaderDigest "$1" node.conn[0].iscsi.DataDigest "$1"
}

hostile_fired() {
	grep -q '^rule [0-9]* fired' "$STATE/hostile.log"
}

# The connection has failed since the mark.
hostile_recovered() {
	logged_since "$1" 'detected conn error'
}

# A command was aborted, or its logical unit reset.
hostile_aborted() {
	[ "$(statistic "$HOSTILE_IQN" tmfcmd_pdus)" -gt 0 ]
}

# iscsid has logged in anew, as it also does without an error when the target asks for that.
hostile_relogged_in() {
	[ "$(grep -c ': login of .* (normal)$' "$STATE/hostile.log")" -gt 1 ]
}

# hostile_handled MARK: there was error handling of some kind since the mark.
hostile_handled() {
	hostile_recovered "$1" || hostile_aborted || hostile_relogged_in
}

# hostile_work WORKLOAD: what the rule is to meet. All data is compared with the target's file.
hostile_work() {
	local disk
	disk=$(disk_of "$HOSTILE_IQN")
	command_timeout "$HOSTILE_IQN" 4
	case $1 in
	nop | idle) wait_for 15 hostile_fired ;;
	mixed) while_reading "$disk" fio_verify "$disk" 64k 8 2M ;;
	esac
	fio_verify "$disk" 64k 8 2M
	same_as_target "$disk" "$STATE/disk"
}

# while_reading DISK COMMAND...: runs it while the end of the disk is read, over and over.
while_reading() {
	local disk=$1 reader status=0
	shift
	while dd if="/dev/$disk" of=/dev/null bs=64k skip=96 iflag=direct status=none; do :; done &
	reader=$!
	"$@" || status=$?
	kill "$reader"
	wait "$reader" || true
	return "$status"
}

# hostile_behaves: a target that keeps to the protocol takes the place of the hostile one.
hostile_behaves() {
	stop_daemon hostile KILL
	cp "$STATE/hostile.log" "$STATE/hostile.before"
	hostile_start
	[ -n "$(session_of "$HOSTILE_IQN")" ] || login "$HOSTILE_IQN"
	wait_for 30 logged_in "$HOSTILE_IQN"
	wait_for 30 running "$HOSTILE_IQN"
}

# Whatever has happened, the session can be ended.
hostile_ends() {
	if ! no_session; then
		timeout 60 iscsiadm -m node -T "$HOSTILE_IQN" --logout
	fi
	stop_daemon hostile KILL
	hostile_digests None
}

hostile_report() {
	grep -hv '^listening' "$STATE/hostile.before" "$STATE/hostile.log" 2>/dev/null | tail -n 15
}

# iscsid has made another connection.
hostile_tried_again() {
	grep -q '^connection [2-9]:' "$STATE/hostile.log"
}

# What was looking for logical units when a connection ended may not have found any.
hostile_disk_found() {
	disk_of "$HOSTILE_IQN" || { iscsiadm -m session --rescan && disk_of "$HOSTILE_IQN"; }
}

# hostile_login EXPECTATION: as far as the rules let it come.
hostile_login() {
	case $1 in
	fail)
		refused iscsiadm -m node -T "$HOSTILE_IQN" --login
		hostile_fired
		hostile_behaves
		;;
	recover)
		iscsiadm -m node -T "$HOSTILE_IQN" --login
		wait_for 20 hostile_tried_again
		wait_for 30 hostile_disk_found
		settle
		;;
	ok)
		login "$HOSTILE_IQN"
		! hostile_tried_again || fail "it took more than one connection"
		;;
	esac
}

# hostile_errors WORKLOAD: an error is what it comes to. What counts is that all is well once the target behaves.
hostile_errors() {
	hostile_work "$1" || true
	hostile_fired
	hostile_behaves
}

# hostile_rule NAME RULES WORKLOAD EXPECTATION: a check.
hostile_rule() {
	local name=$1 workload=$3 expectation=$4 rules
	IFS=';' read -ra rules <<<"$2"
	rm -f "$STATE/hostile.before"
	at_end hostile_ends
	at_end hostile_report
	case $name in *digest* | *-header-byte | *-data-byte) hostile_digests CRC32C ;; esac
	mark "$name"
	hostile_start "${rules[@]}"
	if [ "$workload" = login ]; then
		hostile_login "$expectation"
	else
		login "$HOSTILE_IQN"
		[ "$expectation" != fail ] || hostile_errors "$workload"
	fi
	# Aborts and resets take their time, of which each rule of this kind needs some.
	[ "$workload" != tmf ] || retries_for_ever "$HOSTILE_IQN"
	hostile_work "$workload"
	case $workload:$expectation in
	login:*) ;;
	# A ping that gets no answer is noticed when nothing else has come for a while.
	*:recover) wait_for 20 hostile_handled "$name" ;;
	*:ok) ! hostile_recovered "$name" || fail "the session was recovered" ;;
	esac
	wait_for 20 logged_in "$HOSTILE_IQN"
	# The last rule may be about the logout itself.
	logout "$HOSTILE_IQN" || [ "$workload" = login ]
	wait_for 20 no_session
	hostile_fired || [ -f "$STATE/hostile.before" ] || fail "the rule never fired"
}

# hostile_rules SELECT: a check for each line of hostile.list that the awk expression takes; `group` has the number of
# the line's group and `number` that of the line in it.
hostile_rules() {
	local name rules workload expectation
	need "iscsid runs" hostile_initiator
	while IFS='|' read -r name rules workload expectation; do
		case $name in
		*-itt-forged) expect_c_fails libiscsi "ignores the bits of a task tag that it does not use" ;;
		login-opcode) expect_c_fails libiscsi "takes a Text Response for the answer to a login" ;;
		data-in-status-twice | data-in-status-too-early)
			expect_c_fails libiscsi_tcp "takes a read for complete that the target has ended early"
			;;
		data-in-understated*)
			expect_c_fails libiscsi "takes a target's word for how much of a read is missing"
			expect_c_fails libiscsi_tcp "does not count what is missing of a read"
			;;
		data-in-after-status)
			expect_c_fails libiscsi_tcp "takes data of a read that has its status"
			;;
		tmf-no-task-answered)
			expect_c_fails libiscsi "takes a write for done whose data waits to be sent when it is aborted"
			;;
		length-data-in-shrinks)
			expect_c_fails libiscsi_tcp "counts a gap in the data of a read as read"
			;;
		login-response-ahs)
			expect_c_fails libiscsi "tells iscsid of an Additional Header Segment that it does not pass on"
			expect_c_fails libiscsi_tcp "takes an Additional Header Segment for the next header"
			;;
		*-ahs-* | data-in-says-ahs)
			expect_c_fails libiscsi_tcp "takes an Additional Header Segment for the next header"
			;;
		esac
		check "$name" hostile_rule "$name" "$rules" "$workload" "$expectation"
	done < <(awk "/^#/ { heading = \$0; next } /^\$/ { next }
		heading != last { group++; number = 0; last = heading } { number++ } $1" "$SELFTESTS/hostile.list" |
		sed 's/ *| */|/g')
	run_checks
}
