# SPDX-License-Identifier: GPL-2.0
# The debug kernel: whether its checkers are at work, and what they have found that they do not say by themselves.

DEBUGFS=/sys/kernel/debug

debug_kernel() {
	case $(uname -r) in
	*-debug) ;;
	*) return 1 ;;
	esac
}

# How many times longer than on two quiet cores things take, at most. scripts/vm writes the file.
read -r SLOWNESS 2>/dev/null <"$SELFTESTS/slowness" || SLOWNESS=1

# Lockdep switches itself off at its first complaint, and where it does not understand something.
lockdep_works() {
	grep -qE '^ debug_locks: +1$' /proc/lockdep_stats
}

# checkers_missing: names each checker that is not at work; false when all are.
checkers_missing() {
	local missing=1
	mountpoint -q "$DEBUGFS" || mount -t debugfs debugfs "$DEBUGFS"
	lockdep_works || { echo "lockdep" && missing=0; }
	dmesg | grep -q 'KernelAddressSanitizer initialized' || { echo "KASAN" && missing=0; }
	[ "$(cat /sys/kernel/slab/kmalloc-192/red_zone)" = 1 ] || { echo "SLUB debugging" && missing=0; }
	[ -e "$DEBUGFS/debug_objects/stats" ] || { echo "DEBUG_OBJECTS" && missing=0; }
	# By itself it would scan at any time.
	! leaks_count || echo scan=off >"$DEBUGFS/kmemleak" || { echo "kmemleak" && missing=0; }
	[ -d "$DEBUGFS/failslab" ] && [ -d "$DEBUGFS/fail_page_alloc" ] || { echo "fault injection" && missing=0; }
	[ -e /proc/self/fail-nth ] || { echo "fail-nth" && missing=0; }
	return "$missing"
}

# Every allocation costs a walk through the stack for kmemleak, which is half of all that the machine does. With
# kmemleak=off on the kernel's command line leaks are not looked for.
leaks_count() {
	! grep -qw 'kmemleak=off' /proc/cmdline
}

# What has been reported is not the next test's.
forget_leaks() {
	! leaks_count || echo clear >"$DEBUGFS/kmemleak"
}

# leaks FILE: writes down the memory that nobody refers to; false when there is none. It is not reported before it is
# five seconds old and two scans in a row have found the same content in it.
leaks() {
	leaks_count || return
	sleep 5
	echo scan >"$DEBUGFS/kmemleak"
	echo scan >"$DEBUGFS/kmemleak"
	cat "$DEBUGFS/kmemleak" >"$1"
	[ -s "$1" ]
}
