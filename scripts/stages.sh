# SPDX-License-Identifier: GPL-2.0
# Commands whose last line is "N passed, N failed, N skipped", and the sum of these. Source it.

PASSED=0 FAILED=0 SKIPPED=0

add() {
	PASSED=$((PASSED + $1)) FAILED=$((FAILED + $2)) SKIPPED=$((SKIPPED + $3))
}

# count_stage NAME LOG STATUS SECONDS: adds up what a command that has ended says in its log.
count_stage() {
	local counts
	counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$2" | tail -n 1)
	if [ -n "$counts" ]; then
		# shellcheck disable=SC2086 # three words
		add $counts
	fi
	# A stage that fails without having counted a failure is one.
	if [ "$3" -ne 0 ] && [ "$(cut -d ' ' -f 2 <<<"${counts:-0 0 0}")" -eq 0 ]; then
		add 0 1 0
	fi
	printf '== %s took %s s (exit %s)\n' "$1" "$4" "$3"
	return "$3"
}

# stage_log: a file for what a command prints, which may have stages of its own.
stage_log() {
	mkdir -p "$LOGS"
	mktemp "$LOGS/stage.XXXXXX"
}

# stage NAME COMMAND...: runs it with its output on the screen and adds its counts up.
stage() {
	local name=$1 start=$SECONDS status=0 log
	shift
	printf '\n== %s\n' "$name"
	log=$(stage_log)
	"$@" 2>&1 </dev/null | tee "$log" || status=$?
	count_stage "$name" "$log" "$status" "$((SECONDS - start))" || status=$?
	rm "$log"
	return "$status"
}

# Of the command that runs beside the stages.
BESIDE_NAME='' BESIDE_LOG='' BESIDE_PID=''

# begin_beside NAME COMMAND...: the same while other stages run; the screen gets its output from end_beside.
begin_beside() {
	BESIDE_NAME=$1
	shift
	BESIDE_LOG=$(stage_log)
	printf '\n== %s, beside what follows\n' "$BESIDE_NAME"
	# A process group, to end all of it.
	set -m
	"$@" >"$BESIDE_LOG" 2>&1 </dev/null &
	set +m
	BESIDE_PID=$!
	trap 'kill -- "-$BESIDE_PID" 2>/dev/null || true' EXIT
}

# end_beside: waits for it and adds its counts up.
end_beside() {
	local start=$SECONDS status=0
	printf '\n== %s\n' "$BESIDE_NAME"
	wait "$BESIDE_PID" || status=$?
	trap - EXIT
	cat "$BESIDE_LOG"
	count_stage "$BESIDE_NAME: its end" "$BESIDE_LOG" "$status" "$((SECONDS - start))" || status=$?
	rm "$BESIDE_LOG"
	return "$status"
}

# The sum, as the last line; false when something failed, or there was nothing.
finish() {
	printf '\n%s passed, %s failed, %s skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
	[ "$FAILED" -eq 0 ] && [ $((PASSED + SKIPPED)) -gt 0 ]
}
