#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 180
# Two portals, one disk: fio writes and verifies while each of them goes away in turn.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:multipath
SECOND_PORTAL=127.0.0.2:3260
MAP=/dev/mapper/selftest

# The same logical unit in two portal groups, each of which can be switched off.
target_up() {
	local store group=$LIO/iscsi/$IQN/tpgt_2
	lio_start
	store=$(lio_ramdisk multipath 32)
	# Both paths show it, which is how they are known to lead to one disk.
	echo 0123456789abcdef >"$store/wwn/vpd_unit_serial"
	lio_target "$IQN" "$LIO_PORTAL" "$store"
	mkdir "$group"
	echo 1 | tee "$group"/attrib/{generate_node_acls,cache_dynamic_acls} >/dev/null
	echo 0 | tee "$group"/attrib/{demo_mode_write_protect,authentication} >/dev/null
	mkdir "$group/lun/lun_0" "$group/np/$SECOND_PORTAL"
	ln -s "$store" "$group/lun/lun_0/store"
	echo 1 >"$group/enable"
}

disks() {
	compgen -G "$SESSIONS/session*/device/target*/*/block/*" | sed 's,.*/,,'
}

two_disks() {
	[ "$(disks | wc -l)" -eq 2 ]
}

logged_in_twice() {
	discover "$LIO_PORTAL"
	iscsiadm -m node -T "$IQN" --login
	wait_for 30 two_disks
	settle
}

# paths N: that many are good, by multipathd's own word.
paths() {
	[ "$(multipathd show paths raw format '%d %t %T' | grep -c 'active ready')" -eq "$1" ]
}

map_up() {
	local wwid
	modprobe -a dm_multipath dm_service_time
	wwid=$(/usr/lib/udev/scsi_id --whitelisted --device="/dev/$(disks | head -n 1)")
	cat >/etc/multipath.conf <<-END
		defaults {
			polling_interval 1
			max_polling_interval 1
			path_checker tur
			find_multipaths off
			no_path_retry queue
			fast_io_fail_tmo 2
		}
		blacklist {
			devnode "^(vd|loop|ram)"
		}
		multipaths {
			multipath {
				wwid $wwid
				alias ${MAP##*/}
			}
		}
	END
	daemon multipathd multipathd -d
	wait_for 30 paths 2
	wait_for 20 test -b "$MAP"
}

# outage GROUP: of one portal group, until the path over it is lost; then until it is back.
outage() {
	lio_set "$IQN" "../tpgt_$1/enable" 0
	wait_for 60 paths 1
	sleep 1
	lio_set "$IQN" "../tpgt_$1/enable" 1
	wait_for 90 paths 2
}

survives() {
	local load
	fio_verify "mapper/${MAP##*/}" 4k 8 16M --rate_iops=,100 --time_based --runtime=600 &
	load=$!
	at_end 'pkill -INT -x fio; wait'
	outage 1
	outage 2
	kill -0 "$load" || fail "fio has ended: $(cat "$STATE/fio")"
	same "paths" "$(disks | wc -l)" 2
}

verified() {
	fio_verify "mapper/${MAP##*/}" 64k 8 8M
}

tidy() {
	multipath_stop
	iscsiadm -m node -T "$IQN" --logout
	no_session
}

need "the target is up" target_up
need "iscsid runs" initiator_start 'node.session.timeo.replacement_timeout = 2' \
	'node.conn[0].timeo.noop_out_interval = 1' 'node.conn[0].timeo.noop_out_timeout = 2'
need "login over both portals" logged_in_twice
need "multipathd makes one disk of two" map_up
check "fio survives the outage of each" survives
check "the disk keeps what is written" verified
check "logout" tidy
run_checks
