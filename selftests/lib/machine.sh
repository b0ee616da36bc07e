# SPDX-License-Identifier: GPL-2.0
# The machine around a test: daemons, the four modules, and the way back to a clean state.

# Users first, so that this is also the order to unload them in.
INITIATOR_MODULES=(iscsi_tcp libiscsi_tcp libiscsi scsi_transport_iscsi)

# modprobe prefers what is here to the distribution's.
UPDATES=/lib/modules/$(uname -r)/updates

# ours MODULE: it is installed. `run` has made sure that such a module is the one that gets loaded.
ours() {
	[ -f "$UPDATES/$1.ko" ]
}

# install_modules MIXTURE: those of the payload that it names, with + between them; all four are rust, none is c.
# Without a name, whatever came.
install_modules() {
	local names=() name
	case $1 in
	'') mapfile -t names < <(find "$SELFTESTS/ko" -name '*.ko' -printf '%f\n') ;;
	c) ;;
	rust) names=("${INITIATOR_MODULES[@]}") ;;
	*) IFS=+ read -ra names <<<"$1" ;;
	esac
	mkdir -p "$UPDATES"
	rm -f "$UPDATES"/*.ko
	for name in "${names[@]%.ko}"; do
		cp "$SELFTESTS/ko/$name.ko" "$UPDATES/" || return
	done
	depmod 2>/dev/null
}

loaded() {
	[ -d "/sys/module/$1" ]
}

# What a loaded module is, by its own data: the kernel taints modules that are not from its tree with an O.
module_kind() {
	case $(cat "/sys/module/$1/taint") in
	*O*) echo Rust ;;
	*) echo C ;;
	esac
}

# Only rustc makes symbols that start with _R. Slow: the list has 200,000 lines.
rust_modules() {
	grep -F _R /proc/kallsyms | sed -n 's/^.*[[:space:]]_R.*\[\(.*\)\]$/\1/p' | sort -u
}

# Whoever looks at a disk, as udev does, may have it open a little longer than its session lives.
unload_initiator() {
	local module
	settle
	! loaded iscsi_stall || { echo 1 >/sys/module/iscsi_stall/parameters/release && wait_for 20 rmmod iscsi_stall; }
	for module in "${INITIATOR_MODULES[@]}"; do
		! loaded "$module" || wait_for 20 rmmod "$module"
	done
}

# daemon NAME COMMAND...: in the background, in a session of its own, with its output in a log.
daemon() {
	local name=$1
	shift
	setsid "$@" </dev/null >>"$STATE/$name.log" 2>&1 &
	echo $! >"$STATE/$name.pid"
}

daemon_runs() {
	[ -f "$STATE/$1.pid" ] && kill -0 "$(cat "$STATE/$1.pid")" 2>/dev/null
}

daemon_stopped() {
	! daemon_runs "$1"
}

# stop_daemon NAME [SIGNAL]
stop_daemon() {
	daemon_runs "$1" || return 0
	kill "-${2:-TERM}" "$(cat "$STATE/$1.pid")"
	wait_for 10 daemon_stopped "$1"
	rm "$STATE/$1.pid"
}

unmount_all() {
	local folder
	awk -v below="$STATE/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r |
		while read -r folder; do
			umount "$folder"
		done
}

# Everything a test may have left, put away, whatever state it ended in. What cannot be is named and is a failure.
reset_machine() {
	pkill -KILL -x fio
	unmount_all
	trace_off
	multipath_stop
	initiator_stop
	lio_stop
	tgt_stop
	stop_daemon hostile KILL
	stop_daemon iscsiuio KILL
	udev_as_usual
	unload_initiator
	local left=0 what
	for what in "$SESSIONS"/session* "$LIO/iscsi" "$STATE"/*.pid; do
		[ ! -e "$what" ] || { echo "left behind: $what" && left=1; }
	done
	for what in "${INITIATOR_MODULES[@]}"; do
		! loaded "$what" || { echo "left behind: module $what" && left=1; }
	done
	rm -rf "${STATE:?}"/*
	return "$left"
}

# end_machine: as `reboot -f` does it, with every process and session still there. For a test with "# Ends:" lines,
# when its checks have passed.
end_machine() {
	# What was printed is on its way to scripts/test-vm.
	sleep 2
	busybox reboot -f
}
