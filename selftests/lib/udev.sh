# SPDX-License-Identifier: GPL-2.0
# udev, which looks into every disk that comes, and into every one that somebody has written to.

UDEV_RULES=/run/udev/rules.d
UDEV_RULE=$UDEV_RULES/01-selftest.rules

# ask_udev ARGUMENT...: udevd sometimes hangs up before it has answered; then it is asked again.
ask_udev() {
	local _
	for _ in 1 2 3 4 5; do
		udevadm "$@" 2>"$STATE/udev" && return
		grep -q 'Broken pipe' "$STATE/udev" || break
	done
	cat "$STATE/udev"
	return 1
}

# settle: until udev has done what there is to do. If it does not get there, tells what its processes wait for.
settle() {
	local process
	ask_udev settle --timeout="$((120 * SLOWNESS))" && return
	ask_udev control --ping || echo "udevd does not answer"
	for process in $(pgrep -f 'systemd-udevd|udev-worker'); do
		echo "$(tr '\0' ' ' <"/proc/$process/cmdline") $(sed -n 's/^State:\t//p' "/proc/$process/status")"
		cat "/proc/$process/stack"
	done
	return 1
}

# udev looks into a disk that was opened for writing, which is more traffic: not during this check.
keep_udev_out() {
	udev_stop
	at_end udev_start
}

# udev_stop: what it would look into is left alone until udev_start. Stopping its queue alone lets that grow, and udevd
# does not always answer when it is told to go on.
udev_stop() {
	settle
	pgrep -x systemd-udevd | xargs --no-run-if-empty kill
	wait_for 30 udev_stopped
}

udev_stopped() {
	! pgrep -x systemd-udevd >/dev/null
}

udev_start() {
	! udev_stopped || /usr/lib/systemd/systemd-udevd --daemon 2>/dev/null
}

# udev_not_for_disks: until udev_as_usual udev neither reads disks nor gives them names.
udev_not_for_disks() {
	mkdir -p "$UDEV_RULES"
	echo 'SUBSYSTEM=="block", ENV{UDEV_DISABLE_PERSISTENT_STORAGE_RULES_FLAG}="1", OPTIONS+="nowatch"' >"$UDEV_RULE"
	ask_udev control --reload
}

udev_as_usual() {
	udev_start
	[ ! -e "$UDEV_RULE" ] || { rm "$UDEV_RULE" && ask_udev control --reload; }
}
