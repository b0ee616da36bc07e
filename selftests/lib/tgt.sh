# SPDX-License-Identifier: GPL-2.0
# tgt, the target in user space: a second opinion on the protocol, and one that can be killed.

TGT_PORTAL=127.0.0.1:3261

tgt_admin() {
	tgtadm --lld iscsi "$@"
}

tgt_answers() {
	tgt_admin --op show --mode sys
}

tgt_start() {
	daemon tgtd tgtd -f --iscsi "portal=$TGT_PORTAL"
	wait_for 20 tgt_answers
}

# tgt_target NUMBER IQN FILE
tgt_target() {
	tgt_admin --op new --mode target --tid "$1" -T "$2"
	tgt_admin --op new --mode logicalunit --tid "$1" --lun 1 -b "$3"
	tgt_admin --op bind --mode target --tid "$1" -I ALL
}

# As a crash would: nothing is said to the initiator or to the disk.
tgt_kill() {
	stop_daemon tgtd KILL
}

tgt_stop() {
	stop_daemon tgtd KILL
	rm -f /var/run/tgtd/socket.*
}
