#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# CHAP, one-way and mutual; a wrong password is refused and leaves nothing behind.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:chap

target_up() {
	lio_disk "$IQN" 16
	lio_set "$IQN" attrib/authentication 1
	lio_set "$IQN" auth/userid somebody
	lio_set "$IQN" auth/password secret-of-somebody
}

mutual() {
	lio_set "$IQN" auth/userid_mutual target
	lio_set "$IQN" auth/password_mutual secret-of-the-target
}

# account NAME PASSWORD [NAME_IN PASSWORD_IN]
account() {
	node_set "$IQN" node.session.auth.authmethod CHAP \
		node.session.auth.username "$1" node.session.auth.password "$2" \
		${3:+node.session.auth.username_in "$3" node.session.auth.password_in "$4"}
}

login_refused() {
	refused iscsiadm -m node -T "$IQN" --login
	wait_for 10 no_session
}

wrong_password() {
	account somebody not-the-secret
	login_refused
}

# The kernel keeps them for user space: whole, and for root only.
credentials_shown() {
	same username "$(session_attr "$IQN" username)" somebody
	same password "$(session_attr "$IQN" password)" secret-of-somebody
	same "as nobody" "$(setpriv --reuid=65534 --clear-groups cat \
		"$SESSIONS/session$(session_of "$IQN")/password" 2>&1 | grep -c 'Permission denied')" 1
}

one_way() {
	account somebody secret-of-somebody
	login "$IQN"
	credentials_shown
	fio_verify "$(disk_of "$IQN")" 4k 4 256k
	logout "$IQN"
}

both_ways() {
	mutual
	account somebody secret-of-somebody target secret-of-the-target
	login "$IQN"
	same username_in "$(session_attr "$IQN" username_in)" target
	same password_in "$(session_attr "$IQN" password_in)" secret-of-the-target
	fio_verify "$(disk_of "$IQN")" 4k 4 256k
	logout "$IQN"
}

# Now it is the target that does not know the password.
wrong_target() {
	account somebody secret-of-somebody target not-the-secret
	login_refused
}

need "the target is up" target_up
need "iscsid runs" initiator_start node.session.initial_login_retry_max=1
need "discovery" discover "$LIO_PORTAL"
check "no account is refused" login_refused
check "a wrong password is refused" wrong_password
check "one-way" one_way
check "mutual" both_ways
check "a target with a wrong password is refused" wrong_target
check "no session is left" no_session
run_checks
