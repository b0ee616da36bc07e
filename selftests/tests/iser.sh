#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 360
# Long
# The kernel's own iSER, over RDMA that is emulated on a network card that is emulated as well, to LIO: a transport that
# sends from where commands are queued, and has endpoints.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:iser
ADDRESS=10.113.0.1

rdma_device() {
	local module
	for module in rdma_rxe ib_isert ib_iser; do
		modinfo -n "$module" >/dev/null 2>&1 || skip "this kernel has no module $module"
	done
	modprobe -a dummy rdma_rxe rdma_ucm
	ip link add iser0 type dummy
	ip address add "$ADDRESS/24" dev iser0
	ip link set iser0 up
	rdma link add rxe0 type rxe netdev iser0
	wait_for 10 test -e /sys/class/infiniband/rxe0/ports/1/gids/1
}

target() {
	lio_start
	modprobe ib_isert
	truncate -s 64M "$STATE/disk"
	lio_target "$IQN" "$ADDRESS:3260" "$(lio_file iser "$STATE/disk")"
	echo 1 >"$LIO/iscsi/$IQN/tpgt_1/np/$ADDRESS:3260/iser"
}

# Discovery runs over TCP, which this portal does not have.
record() {
	modprobe ib_iser
	iscsiadm -m node -T "$IQN" -p "$ADDRESS" -o new -I iser
	# LIO holds on to a connection that died before its login for 15 s, and has the next one wait meanwhile. One that
	# gives up after as long, as is the default, may come too late for ever.
	node_set "$IQN" node.startup manual node.session.timeo.replacement_timeout 120 'node.conn[0].timeo.login_timeout' 40
}

verified() {
	local disk
	disk=$(disk_of "$IQN")
	same "transport" "$(cat /sys/class/iscsi_host/host*/device/scsi_host/host*/proc_name)" iscsi_iser
	fio_verify "$disk" 4k 16 2M
	fio_verify "$disk" 256k 4 8M
	same_as_target "$disk" "$STATE/disk"
}

# none_for_others: another transport that has endpoints, and no card, gets nothing of ours.
none_for_others() {
	local module
	for module in bnx2i cxgb4i; do
		if modinfo -n "$module" >/dev/null 2>&1; then
			modprobe "$module"
			at_end "modprobe -r $module"
			netlink endpoint-foreign "$module"
			return
		fi
	done
	skip "this kernel has no other transport with endpoints"
}

# unharmed COMMAND...: the session stays up meanwhile.
unharmed() {
	mark unharmed
	"$@"
	settle
	same "state" "$(session_attr "$IQN" state)" LOGGED_IN
	! logged_since unharmed 'detected conn error' || fail "the session was recovered"
	fio_verify "$(disk_of "$IQN")" 16k 8 2M
}

# The target resets all of its connections and refuses new ones, until it is back.
survives() {
	local disk group=$LIO/iscsi/$IQN/tpgt_1
	disk=$(disk_of "$IQN")
	fio --name=load --filename="/dev/$disk" --ioengine=io_uring --direct=1 --rw=randrw --bs=16k --iodepth=8 --size=32M \
		--time_based --runtime=20 --verify=crc32c --verify_fatal=1 --verify_state_save=0 --output="$STATE/fio" &
	sleep 3
	echo 0 >"$group/enable"
	wait_for 30 in_state "$IQN" FAILED
	echo 1 >"$group/enable"
	wait_for 90 in_state "$IQN" LOGGED_IN
	wait $! || {
		cat "$STATE/fio"
		fail "an error reached fio"
	}
}

ends() {
	logout "$IQN"
	wait_for 30 no_session
	refused compgen -G '/sys/class/iscsi_endpoint/ep-*'
	iscsiadm -m node -T "$IQN" -o delete
	lio_stop
	modprobe -r ib_iser
	modprobe -r ib_isert
	rdma link delete rxe0
	ip link delete iser0
	modprobe -r rdma_rxe
}

need "RDMA without a card" rdma_device
need "LIO is an iSER target" target
need "iscsid runs" initiator_start
need "a node record for iSER" record
need "login gives a disk" login "$IQN"
check "fio verify, and the target has the same" verified
check "another connection does not get its endpoint" spared scsi_transport_iscsi \
	"binds it to any connection, and its driver takes it away from its own" unharmed netlink endpoint-taken iser
check "another transport does not get its endpoint" spared scsi_transport_iscsi \
	"hands it to any transport, which takes its data for its own" unharmed none_for_others
check "I/O survives the death of the target" survives
check "logout, and all of it is unloaded" ends
run_checks
