#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 240
# Connections and the sockets they are bound to.
. "${0%/*}/../lib.sh"

need "the modules are loaded" netlink_start
expect_c_fails iscsi_tcp "binds again and leaks the first socket"
check "a bound connection is not bound again" caught iscsi_tcp "leaks the first socket" netlink bind-twice
check "a socket carries one connection only" spared iscsi_tcp \
	"its callbacks call each other until the stack is full" netlink bind-shared
check "other sockets are refused" netlink bind-not-tcp
expect_c_fails iscsi_tcp "binds it, and its children keep the callbacks"
check "a listening socket is refused" netlink bind-listening
check "other descriptors are refused" netlink bind-no-socket
check "a stopped connection is bound to another socket" netlink bind-again
expect_c_fails iscsi_tcp "looks at the socket when the next byte arrives"
check "garbage that came before the binding is noticed at once" netlink early-error
expect_c_fails iscsi_tcp "looks at the socket when the next byte arrives"
check "a PDU that came before the binding is delivered at once" netlink early-pdu
check "connections end in the middle of a transfer" spared iscsi_tcp \
	"uses the connection after the lock that keeps it is released" quietly netlink stress-stop
run_checks
