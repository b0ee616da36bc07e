# SPDX-License-Identifier: GPL-2.0
# Shared by the scripts of this folder: where things are kept, and how a step shows itself.
# Source it; it defines names and does nothing else.

# Everything big lives here, outside the checkout, and is rebuilt when it is gone.
: "${RUST_ISCSI_CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/rust-iscsi}"
export RUST_ISCSI_CACHE

# Which kernel all is about: the newest of SUITE, with KERNEL=7.2 the newest of that series. The machine that tests run
# in is always of MACHINE_SUITE.
MACHINE_SUITE=trixie
: "${SUITE:=$MACHINE_SUITE}" "${KERNEL:=}"
export SUITE KERNEL
OTHER_SUITE=${SUITE#"$MACHINE_SUITE"}
OTHER_KERNEL=${OTHER_SUITE:+-$OTHER_SUITE}${KERNEL:+-$KERNEL}

PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# What is built for that kernel, and what comes of its tests.
OUTPUT=$PROJECT/build${OTHER_KERNEL:+/kernel$OTHER_KERNEL}
TOOLCHAIN=$RUST_ISCSI_CACHE/toolchain${OTHER_SUITE:+-$OTHER_SUITE}
GUEST=$RUST_ISCSI_CACHE/guest
EMULATOR=$RUST_ISCSI_CACHE/emulator
DKMS=$RUST_ISCSI_CACHE/dkms
KERNELS=$RUST_ISCSI_CACHE/kernels
LOGS=$RUST_ISCSI_CACHE/logs
# The exit status of scripts/setup when the archive has no such kernel.
NOT_IN_ARCHIVE=77

die() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}

note() {
	printf '  %-9s %s\n' "" "$*"
}

# How many times longer than on two quiet cores things may take in the test machine.
slowness() {
	case ${SLOWNESS:-1} in
	[1-9]) ;;
	*) die "SLOWNESS=$SLOWNESS: a number from 1 to 9 is needed" ;;
	esac
	if [ "${VM_KERNEL-}" = debug ]; then
		echo 6
	else
		echo "${SLOWNESS:-1}"
	fi
}

# step NAME COMMAND...: runs the command with its output in a log, and says how it went and how long it took. What must
# be on the screen meanwhile, the command writes to file descriptor 3.
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
	) 3>&1 >"$log" 2>&1 </dev/null
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

install_host_packages() {
	apt-get install -y -q --no-install-recommends "$@" || {
		apt-get update -q && apt-get install -y -q --no-install-recommends "$@"
	}
}

# host_packages PACKAGE...: installs those that this machine lacks.
host_packages() {
	local missing=() package
	for package in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
			missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" -eq 0 ] || die "these packages are missing: run 'apt install ${missing[*]}', or this as root"
	DEBIAN_FRONTEND=noninteractive step "install on this host: ${missing[*]}" install_host_packages "${missing[@]}"
}

# fresh STAMP KEY: true when STAMP was written for the same KEY.
fresh() {
	[ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

# The release of the kernel that `make setup` prepared last for this SUITE and KERNEL; empty when there is none.
prepared_release() {
	[ -f "$KERNELS/current$OTHER_KERNEL" ] && cat "$KERNELS/current$OTHER_KERNEL"
}

# The release of the debug kernel made from its source.
debug_release() {
	echo "$(prepared_release)-debug"
}
