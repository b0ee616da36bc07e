# SPDX-License-Identifier: GPL-2.0
# The initiator: iscsid, iscsiadm, and what the kernel shows of a session.

INITIATOR=iqn.2026-11.org.example:initiator
SESSIONS=/sys/class/iscsi_session
CONNECTIONS=/sys/class/iscsi_connection

iscsid_answers() {
	grep -q '@ISCSIADM_ABSTRACT_NAMESPACE' /proc/net/unix
}

# initiator_start [SETTING...]: iscsid, with "name = value" lines added to the distribution's configuration.
initiator_start() {
	cp -n /etc/iscsi/iscsid.conf /etc/iscsi/iscsid.conf.distribution
	{
		# systemd would start it; here it is the tests that do.
		grep -v '^iscsid.startup' /etc/iscsi/iscsid.conf.distribution
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >/etc/iscsi/iscsid.conf
	echo "InitiatorName=$INITIATOR" >/etc/iscsi/initiatorname.iscsi
	daemon iscsid iscsid -f
	wait_for 20 iscsid_answers
}

initiator_stop() {
	if compgen -G "$SESSIONS/session*" >/dev/null; then
		timeout 30 iscsiadm -m session -u
	fi
	stop_daemon iscsid
	rm -rf /etc/iscsi/{nodes,send_targets,ifaces} /var/lib/iscsi/{nodes,send_targets,ifaces}
}

# discover PORTAL: what the portal offers, which also makes the node records.
discover() {
	iscsiadm -m discovery -t sendtargets -p "$1"
}

# node_set IQN NAME VALUE [NAME VALUE...]: settings of the node record.
node_set() {
	local iqn=$1 settings=()
	shift
	while [ $# -gt 0 ]; do
		settings+=(-n "$1" -v "$2")
		shift 2
	done
	iscsiadm -m node -T "$iqn" -o update "${settings[@]}"
}

# login IQN: until its disk can be used.
login() {
	iscsiadm -m node -T "$1" --login
	wait_for 30 disk_of "$1"
	settle
}

logout() {
	iscsiadm -m node -T "$1" --logout
}

# session_of IQN: the number of its session.
session_of() {
	local session name
	for session in "$SESSIONS"/session*; do
		read -r name 2>/dev/null <"$session/targetname" || continue
		if [ "$name" = "$1" ]; then
			echo "${session##*/session}"
			return
		fi
	done
	return 1
}

session_attr() {
	local session
	session=$(session_of "$1")
	cat "$SESSIONS/session$session/$2"
}

conn_attr() {
	local session
	session=$(session_of "$1")
	cat "$CONNECTIONS/connection$session:0/$2"
}

# statistic IQN NAME: one of the counters of `iscsiadm -s`.
statistic() {
	local session
	session=$(session_of "$1")
	iscsiadm -m session -r "$session" -s | sed -n "s/^[[:space:]]*$2: //p" | grep .
}

# disk_of IQN [LUN]: the name of its block device.
disk_of() {
	local session lun=${2:-*} disk
	session=$(session_of "$1") || return
	# shellcheck disable=SC2231 # the number may be a pattern
	for disk in "$SESSIONS/session$session"/device/target*/*:*:*:$lun/block/*; do
		[ -b "/dev/${disk##*/}" ] || return 1
		echo "${disk##*/}"
		return
	done
}

no_session() {
	! compgen -G "$SESSIONS/session*" >/dev/null
}
