# SPDX-License-Identifier: GPL-2.0
# Memory that is not to be had, by the fault injection of the debug kernel: places of our modules where memory is
# allocated, directly or further down, and the failure of one such place at a time.

FAULTS=("$DEBUGFS"/failslab "$DEBUGFS"/fail_page_alloc)
# What is counted by who called whom; the tests' own programs do nothing but allocate.
ALLOCATIONS=(kmalloc kmem_cache_alloc)
BY_STACK='hist:keys=common_stacktrace:size=16384'
BY_STACK+=' if comm != "bash" && comm != "sleep" && comm != "cat" && comm != "grep" && comm != "sed"'

faults_set() {
	local fault
	for fault in "${FAULTS[@]}"; do
		echo "$2" >"$fault/$1"
	done
}

# faults_possible: all that is not said otherwise below may fail, whoever asks for it and whether or not it could wait.
faults_possible() {
	debug_kernel || skip "this kernel has no fault injection"
	mountpoint -q "$DEBUGFS" || mount -t debugfs debugfs "$DEBUGFS"
	faults_set ignore-gfp-wait N
	echo N >"$DEBUGFS/fail_page_alloc/ignore-gfp-highmem"
	echo 0 >"$DEBUGFS/fail_page_alloc/min-order"
	faults_set stacktrace-depth 32
	faults_set interval 1
	faults_set verbose 1
}

# fail_once ADDRESS: where that is the return address of a call, what the call allocates next is refused.
fail_once() {
	faults_set require-start "$1"
	faults_set require-end "$(printf '0x%x' $(($1 + 1)))"
	faults_set times 1
	faults_set probability 100
}

# Also tells whether there was a failure.
fail_no_more() {
	faults_set probability 0
	grep -qx 0 "$DEBUGFS/failslab/times" "$DEBUGFS/fail_page_alloc/times"
}

# allocations_of COMMAND...: what in our modules allocates meanwhile, as lines "module function+offset". Of a stack it is
# the innermost call; what an interrupt does has nothing to do with what it interrupts.
allocations_of() {
	local name
	for name in "${ALLOCATIONS[@]}"; do
		echo "$BY_STACK" >"$TRACING/events/kmem/$name/trigger"
	done
	"$@" >&2
	for name in "${ALLOCATIONS[@]}"; do
		cat "$TRACING/events/kmem/$name/hist"
		echo "!$BY_STACK" >"$TRACING/events/kmem/$name/trigger"
	done >"$STATE/stacks"
	awk -v modules="$(IFS='|' && echo "${INITIATOR_MODULES[*]}")" '
		/common_stacktrace:/ { looking = 1; next }
		!looking { next }
		/softirq|asm_.*(interrupt|sysvec)/ || /hitcount:/ { looking = 0; next }
		$2 ~ "^\\[(" modules ")\\]$" { print substr($2, 2, length($2) - 2), $1; looking = 0 }' "$STATE/stacks" |
		sort -u
}

# addresses: of each line "module function+offset/size" of the input, with the line after it. Looks the modules up once.
addresses() {
	local module place function offset base
	[ -s "$STATE/symbols" ] ||
		awk '$4 ~ /^\[/ { print substr($4, 2, length($4) - 2), $3, $1 }' /proc/kallsyms >"$STATE/symbols"
	while read -r module place; do
		function=${place%+*} offset=${place##*+}
		base=$(awk -v module="$module" -v name="$function" '$1 == module && $2 == name { print $3; exit }' "$STATE/symbols")
		[ -n "$base" ] || fail "where is $function of $module?"
		printf '0x%x %s %s\n' $((0x$base + ${offset%/*})) "$module" "$place"
	done
}
