# SPDX-License-Identifier: GPL-2.0
# Shared by the scripts of this folder: where things are kept, and how a step shows itself.
# Source it; it defines names and does nothing else.

# Everything big lives here, outside the checkout, and is rebuilt when it is gone.
: "${RUST_ISCSI_CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/rust-iscsi}"
export RUST_ISCSI_CACHE

PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TOOLCHAIN=$RUST_ISCSI_CACHE/toolchain
GUEST=$RUST_ISCSI_CACHE/guest
EMULATOR=$RUST_ISCSI_CACHE/emulator
KERNELS=$RUST_ISCSI_CACHE/kernels
LOGS=$RUST_ISCSI_CACHE/logs
SUITE=trixie

die() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}

note() {
	printf '  %-9s %s\n' "" "$*"
}

# step NAME COMMAND...: runs the command with its output in a log, and says how it went and how long it took.
# Not for use in a condition: errexit would be off inside, and a command that fails in the middle of a function
# would not end it.
step() {
	local name=$1 log start status=0
	shift
	mkdir -p "$LOGS"
	log=$LOGS/$(printf '%s' "$name" | tr -c 'A-Za-z0-9\n' '-').log
	start=$(date +%s)
	printf '  %-9s %s\n' "..." "$name"
	set +e
	(
		set -e
		"$@"
	) >"$log" 2>&1 </dev/null
	status=$?
	set -e
	if [ "$status" -eq 0 ]; then
		printf '  %6ss   %s\n' "$(($(date +%s) - start))" "$name"
		return 0
	fi
	printf '  FAILED    %s (after %ss, exit %s); the end of %s:\n' \
		"$name" "$(($(date +%s) - start))" "$status" "$log"
	tail -n 25 "$log" | sed 's/^/    /'
	return "$status"
}

# fresh STAMP KEY: true when STAMP was written for the same KEY.
fresh() {
	[ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

# The release of the kernel that `make setup` prepared last; empty when there is none.
prepared_release() {
	[ -f "$KERNELS/current" ] && cat "$KERNELS/current"
}

# The release of the debug kernel made from its source.
debug_release() {
	echo "$(prepared_release)-debug"
}
