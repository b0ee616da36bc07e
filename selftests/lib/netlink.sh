# SPDX-License-Identifier: GPL-2.0
# The iSCSI class without iscsid: the program iscsi-netlink. `iscsi-netlink` alone lists its checks.

NETLINK=$SELFTESTS/bin/iscsi-netlink

netlink() {
	"$NETLINK" "$@"
}

# netlink_start [PARAMETER=VALUE...]: loads the modules, which iscsid would have done.
netlink_start() {
	[ -x "$NETLINK" ] || fail "no iscsi-netlink in the payload: run scripts/build-selftests"
	modprobe iscsi_tcp "$@"
}
