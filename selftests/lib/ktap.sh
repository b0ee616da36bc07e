# SPDX-License-Identifier: GPL-2.0
# A test declares its checks, each with a name and a function, and then runs them: so the plan is known
# before the first one starts. Every check runs in a subshell with errexit on; what the checks share is the
# state of the machine, which they look up by the target's name.
#
#	need "it can be loaded" load_it		# the rest is skipped when this one fails
#	check "it adds" adds 1 2
#	expect_c_fails iscsi_tcp "overflows"	# about the next check, when iscsi_tcp is the C one
#	check "it adds big numbers" adds 1 4294967295
#	run_checks

# As in the kernel's kselftest.h.
KSFT_FAIL=1
KSFT_SKIP=4

CHECK_NAMES=()
CHECK_COMMANDS=()
CHECK_NEEDED=()
CHECK_C_FAILS=()
NEXT_C_FAILS=

__declare() {
	CHECK_NEEDED+=("$1")
	CHECK_NAMES+=("$2")
	shift 2
	CHECK_COMMANDS+=("$(printf '%q ' "$@")")
	CHECK_C_FAILS+=("$NEXT_C_FAILS")
	NEXT_C_FAILS=
}

need() { __declare yes "$@"; }
check() { __declare '' "$@"; }

# expect_c_fails MODULE REASON: a bug of the C module that the next check is there to find.
expect_c_fails() {
	ours "$1" || NEXT_C_FAILS="C $1: $2"
}

# For use in a check.
fail() {
	echo "$*"
	exit "$KSFT_FAIL"
}

skip() {
	printf '%s' "$*" >"$STATE/skip-reason"
	exit "$KSFT_SKIP"
}

same() {
	[ "$2" = "$3" ] || fail "$1: '$2', expected '$3'"
}

within() {
	[ "$2" -ge "$3" ] && [ "$2" -le "$4" ] || fail "$1: $2, expected $3 to $4"
}

# refused COMMAND...: it must fail.
refused() {
	! "$@" || fail "'$*' succeeded"
}

# wait_for SECONDS COMMAND...: a bound for what takes its time, never a measurement.
wait_for() {
	local until=$((SECONDS + $1 * SLOWNESS))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$until" ] || fail "waited in vain for: $*"
		sleep "0.$SLOWNESS"
	done
}

# at_end COMMAND: done when the check is over, however it ends; the last first.
at_end() {
	__AT_END=$1$'\n'${__AT_END-}
	trap 'set +e; eval "$__AT_END"' EXIT
}

# A remark that reaches the report also when the check passes.
remark() {
	echo "# $*" >>"$STATE/remarks"
}

# Not to be called where errexit is ignored, or a check goes on after its first failure.
__run_check() {
	rm -f "$STATE/remarks"
	(
		set -euo pipefail
		exec 7>"$STATE/trace" >"$STATE/output" 2>&1 </dev/null
		BASH_XTRACEFD=7
		set -x
		eval "$1"
	)
}

# Why it failed: what the check printed, and the last commands it ran.
__explain() {
	tail -n 25 "$STATE/output" | sed 's/^/#   /'
	grep -vE '^\++ (\[|local|sleep|same|within|fail|echo|exit|return|shift|for|read|eval) ' "$STATE/trace" | tail -n 4 | cut -c 1-200 | sed 's/^/#   /'
}

run_checks() {
	local i name c_fails status missing='' bad=0
	set +e
	echo "KTAP version 1"
	echo "# Subtest: $(basename "$0" .sh)"
	echo "1..${#CHECK_NAMES[@]}"
	for i in "${!CHECK_NAMES[@]}"; do
		name="$((i + 1)) ${CHECK_NAMES[i]}"
		c_fails=${CHECK_C_FAILS[i]}
		if [ -n "$missing" ]; then
			echo "ok $name # SKIP without: $missing"
			continue
		fi
		__run_check "${CHECK_COMMANDS[i]}"
		status=$?
		[ ! -f "$STATE/remarks" ] || cat "$STATE/remarks"
		case $status:${c_fails:+c} in
		0:) echo "ok $name" ;;
		0:c) echo "ok $name # XPASS $c_fails" ;;
		"$KSFT_SKIP":*) echo "ok $name # SKIP $(cat "$STATE/skip-reason")" ;;
		*:c)
			__explain
			echo "not ok $name # XFAIL $c_fails"
			;;
		*)
			__explain
			echo "not ok $name"
			bad=1
			;;
		esac
		if [ "$status" -ne 0 ] && [ -n "${CHECK_NEEDED[i]}" ]; then
			missing=${CHECK_NAMES[i]}
		fi
	done
	exit "$bad"
}
