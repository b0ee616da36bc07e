# SPDX-License-Identifier: GPL-2.0
# Counted checks, for scripts that do on this host what a test does in the machine. Source it after lib.sh, with LOG set;
# it defines names and does nothing else.

declare -i PASSED=0 FAILED=0

# check NAME COMMAND...: COMMAND's output goes to the log, and its end to the screen if it fails.
check() {
	local name=$1 status=0 start=$SECONDS
	shift
	echo "=== $name" >>"$LOG"
	SAID=$(mktemp)
	set +e
	(
		set -e
		"$@"
	) >"$SAID" 2>&1 </dev/null
	status=$?
	set -e
	cat "$SAID" >>"$LOG"
	if [ "$status" -eq 0 ]; then
		PASSED+=1
		echo "ok $name # $((SECONDS - start)) s"
	else
		FAILED+=1
		echo "not ok $name # $((SECONDS - start)) s"
		tail -n 25 "$SAID" | sed 's/^/# /'
	fi
	rm -f "$SAID"
	return 0
}

refused() {
	! "$@"
}
