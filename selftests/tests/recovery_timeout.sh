#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A target that stays away: commands fail when recovery_tmo is over, and the disk revives when the target is back.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:recovery
# Seconds, first and later, in which the session is to be found to have failed.
TMO=$((5 * SLOWNESS))
SHORTER_TMO=$((2 * SLOWNESS))

target_gone() {
	tgt_kill
	wait_for 30 in_state "$IQN" FAILED
}

busy() {
	echo "$1" >"$SESSIONS/session$(session_of "$IQN")/recovery_tmo"
}

# The time that runs is not changed under the timer.
not_while_recovering() {
	target_gone
	refused busy 100
	same recovery_tmo "$(session_attr "$IQN" recovery_tmo)" "$TMO"
}

expires() {
	wait_for 30 in_state "$IQN" FREE
	same "disk" "$(scsi_state "$IQN")" transport-offline
	logged_since "begin recovery_timeout" "session recovery timed out after $TMO secs" || fail "no word of it"
	refused reads "$(disk_of "$IQN")"
}

revives() {
	tgt_start
	tgt_target 1 "$IQN" "$STATE/disk"
	wait_for 60 logged_in "$IQN"
	wait_for 20 running "$IQN"
	loses_nothing "$IQN"
}

# What is written then counts the next time, and iscsid does not overrule it.
written_later() {
	busy "$SHORTER_TMO"
	same recovery_tmo "$(session_attr "$IQN" recovery_tmo)" "$SHORTER_TMO"
	target_gone
	wait_for 30 in_state "$IQN" FREE
	logged_since "begin recovery_timeout" "session recovery timed out after $SHORTER_TMO secs" || fail "another time"
	tgt_start
	tgt_target 1 "$IQN" "$STATE/disk"
	wait_for 60 logged_in "$IQN"
	same recovery_tmo "$(session_attr "$IQN" recovery_tmo)" "$SHORTER_TMO"
}

never() {
	busy off
	same recovery_tmo "$(session_attr "$IQN" recovery_tmo)" off
	refused busy word
	refused busy 5x
	same recovery_tmo "$(session_attr "$IQN" recovery_tmo)" off
}

need "the target is up" tgt_disk "$IQN" 16
need "iscsid runs" initiator_start "node.session.timeo.replacement_timeout = $TMO"
need "discovery" discover "$TGT_PORTAL"
need "login" login "$IQN"
check "recovery_tmo is not to be changed while recovering" not_while_recovering
check "commands fail when it is over" expires
check "the disk revives" revives
check "a new recovery_tmo holds" written_later
check "recovery_tmo can be off, and is never nonsense" never
check "logout" logout "$IQN"
run_checks
