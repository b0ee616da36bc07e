# SPDX-License-Identifier: GPL-2.0
# Commands whose last line is "N passed, N failed, N skipped", and the sum of these. Source it.

PASSED=0 FAILED=0 SKIPPED=0

add() {
	PASSED=$((PASSED + $1)) FAILED=$((FAILED + $2)) SKIPPED=$((SKIPPED + $3))
}

# stage NAME COMMAND...: runs it with its output on the screen and adds its counts up.
stage() {
	local name=$1 start status=0 log counts
	shift
	start=$(date +%s)
	printf '\n== %s\n' "$name"
	mkdir -p "$LOGS"
	# A command may have stages of its own.
	log=$(mktemp "$LOGS/stage.XXXXXX")
	"$@" 2>&1 </dev/null | tee "$log" || status=$?
	counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$log" | tail -n 1)
	rm "$log"
	if [ -n "$counts" ]; then
		# shellcheck disable=SC2086 # three words
		add $counts
	fi
	# A stage that fails without having counted a failure is one.
	if [ "$status" -ne 0 ] && [ "$(cut -d ' ' -f 2 <<<"${counts:-0 0 0}")" -eq 0 ]; then
		add 0 1 0
	fi
	printf '== %s took %s s (exit %s)\n' "$name" "$(($(date +%s) - start))" "$status"
	return "$status"
}

# The sum, as the last line; false when something failed, or there was nothing.
finish() {
	printf '\n%s passed, %s failed, %s skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
	[ "$FAILED" -eq 0 ] && [ $((PASSED + SKIPPED)) -gt 0 ]
}
