# SPDX-License-Identifier: GPL-2.0
# Checks that are there to find what the kernel complains of, or dies from.

# What a healthy kernel never logs.
SPLAT='BUG: |kernel BUG|WARNING: |Oops|Call Trace:|general protection|KASAN|KCSAN|UBSAN|refcount_t|blocked for more than'
SPLAT+='|possible (circular|recursive) locking|inconsistent lock|bad unlock|suspicious RCU|detected stall|soft lockup'
SPLAT+='|Kernel panic|list_(add|del) corruption|rust_kernel: panicked'

COMPLAINT='WARNING: |BUG: |Oops|Call Trace:'

# Warnings that are given once are given once more.
__rearm_warnings() {
	local folder=$STATE/debugfs
	mkdir -p "$folder"
	mount -t debugfs debugfs "$folder"
	echo 1 >"$folder/clear_warn_once"
	umount "$folder"
}

# The kernel's messages since the last line "selftest: MARK".
__messages_since() {
	dmesg | tac | sed "/selftest: $1\$/,\$d" | tac
}

# quietly COMMAND...: the command succeeds, and the kernel does not complain meanwhile. A complaint fails this check
# and, as it is known then, no other: it is taken out of the log.
quietly() {
	local status=0
	__rearm_warnings
	echo "selftest: quietly" >/dev/kmsg
	"$@" || status=$?
	__messages_since quietly >"$STATE/messages"
	if grep -E -m 1 -A 3 "$COMPLAINT" "$STATE/messages"; then
		dmesg --clear
		echo "selftest: begin $(basename "$0" .sh)" >/dev/kmsg
		fail "the kernel complained"
	fi
	return "$status"
}

# spared MODULE REASON COMMAND...: not where MODULE is the C one, which the machine would not survive.
spared() {
	ours "$1" || skip "C $1: $2"
	shift 2
	"$@"
}
