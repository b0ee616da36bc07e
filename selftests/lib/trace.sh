# SPDX-License-Identifier: GPL-2.0
# Trace events, by tracefs.

TRACING=/sys/kernel/tracing

EVENTS=$STATE/events

# trace_on EVENT...: empties the trace and enables the events, each as group/name.
trace_on() {
	local event
	echo >"$TRACING/trace"
	for event in "$@"; do
		echo 1 >"$TRACING/events/$event/enable"
	done
	echo 1 >"$TRACING/tracing_on"
}

# What was traced is in $EVENTS then; the kernel's own buffer does not outlive a probe that is removed.
trace_off() {
	echo 0 >"$TRACING/tracing_on"
	cat "$TRACING/trace" >"$EVENTS"
	echo 0 >"$TRACING/events/enable"
	echo >"$TRACING/kprobe_events"
}
