# SPDX-License-Identifier: GPL-2.0
# What the kernel says, and checks that are there to find what it complains of, or dies from.

# What a healthy kernel never logs.
SPLAT='BUG: |kernel BUG|WARNING: |Oops|Call Trace:|general protection|KASAN|KCSAN|UBSAN|refcount_t|blocked for more than'
SPLAT+='|possible (circular|recursive) locking|inconsistent lock|bad unlock|suspicious RCU|detected stall|soft lockup'
SPLAT+='|Kernel panic|list_(add|del) corruption|rust_kernel: panicked'

COMPLAINT='WARNING: |BUG: |Oops|Call Trace:'

# mark NAME: a line in the kernel's log, to find what comes after it.
mark() {
	echo "selftest: $1" >/dev/kmsg
}

# messages_since NAME: what the kernel has said since the last such line.
messages_since() {
	dmesg | tac | sed "/selftest: $1\$/,\$d" | tac
}

# Warnings that are given once are given once more.
rearm_warnings() {
	local folder=$STATE/debugfs
	mkdir -p "$folder"
	mount -t debugfs debugfs "$folder"
	echo 1 >"$folder/clear_warn_once"
	umount "$folder"
}

# quietly COMMAND...: the command succeeds, and the kernel does not complain meanwhile. A complaint fails this check
# and, as it is known then, no other: it is taken out of the log.
quietly() {
	local status=0
	rearm_warnings
	mark quietly
	"$@" || status=$?
	messages_since quietly >"$STATE/messages"
	if grep -E -m 1 -A 3 "$COMPLAINT" "$STATE/messages"; then
		dmesg --clear
		mark "begin $(basename "$0" .sh)"
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

# caught MODULE REASON COMMAND...: not where MODULE is the C one and the debug kernel's checkers would find its bug,
# and say so in whatever test is running by then.
caught() {
	ours "$1" || ! debug_kernel || skip "C $1: $2"
	shift 2
	"$@"
}
