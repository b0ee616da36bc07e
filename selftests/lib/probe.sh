# SPDX-License-Identifier: GPL-2.0
# Trace events at functions of the kernel. trace_off removes them.

# probe NAME DEFINITION [FILTER]: makes the event selftest/NAME of a definition as in kprobe_events, without the
# name: 'p FUNCTION [ARGUMENT...]' or 'r FUNCTION ...'. To be enabled with trace_on.
probe() {
	local event=$TRACING/events/selftest/$1
	if [ -d "$event" ]; then
		echo 0 >"$event/enable"
		echo "-:selftest/$1" >>"$TRACING/kprobe_events"
	fi
	echo "${2%% *}:selftest/$1 ${2#* }" >>"$TRACING/kprobe_events"
	[ $# -lt 3 ] || echo "$3" >"$event/filter"
}

# Whether the kernel can say where the fields of a struct are, for definitions that name them.
fields_known() {
	[ -e /sys/kernel/btf/vmlinux ]
}

# Events since trace_on: those that are in the buffer and all.
__trace_entries() {
	sed -n 's,^# entries-in-buffer/entries-written: \([0-9]*\)/\([0-9]*\) .*,\1 \2,p;/^[^#]/q' "$TRACING/trace"
}

# How many events there were since trace_on, kept in the buffer or not.
trace_count() {
	local kept all
	read -r kept all < <(__trace_entries)
	echo "$all"
}

# The events themselves, which must all be there still.
trace_lines() {
	local kept all
	read -r kept all < <(__trace_entries)
	same "events in the trace buffer" "$kept" "$all"
	grep -v '^#' "$TRACING/trace"
}

# trace_room KIB: of each processor, for as many events as are to be looked at one by one.
trace_room() {
	echo "$1" >"$TRACING/buffer_size_kb"
}

trace_pause() {
	echo 0 >"$TRACING/tracing_on"
}
