# SPDX-License-Identifier: GPL-2.0
# LIO, the kernel's own target, by its configfs tree.

LIO=/sys/kernel/config/target
LIO_PORTAL=127.0.0.1:3260

lio_start() {
	modprobe -a target_core_mod iscsi_target_mod
	mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
	mkdir -p "$LIO/iscsi"
	echo 0 >"$LIO/iscsi/discovery_auth/enforce_discovery_auth"
}

# lio_ramdisk NAME MIB: a backstore in memory; prints its folder.
lio_ramdisk() {
	local store=$LIO/core/rd_mcp_0/$1
	mkdir -p "$store"
	echo "rd_pages=$(($2 * 256))" >"$store/control"
	echo 1 >"$store/enable"
	echo "$store"
}

# lio_file NAME FILE: a backstore in a file that is there already; prints its folder.
lio_file() {
	local store=$LIO/core/fileio_0/$1
	mkdir -p "$store"
	echo "fd_dev_name=$2,fd_dev_size=$(stat -c %s "$2"),fd_buffered_io=1" >"$store/control"
	echo 1 >"$store/enable"
	echo "$store"
}

# lio_target IQN PORTAL BACKSTORE...: a target anyone may log in to, with the backstores as LUN 0, 1, ...
lio_target() {
	local group=$LIO/iscsi/$1/tpgt_1 portal=$2 lun=0 store
	mkdir -p "$group"
	echo 1 | tee "$group"/attrib/{generate_node_acls,cache_dynamic_acls} >/dev/null
	echo 0 | tee "$group"/attrib/{demo_mode_write_protect,authentication} >/dev/null
	shift 2
	for store in "$@"; do
		mkdir "$group/lun/lun_$lun"
		ln -s "$store" "$group/lun/lun_$lun/store"
		lun=$((lun + 1))
	done
	mkdir "$group/np/$portal"
	echo 1 >"$group/enable"
}

# lio_disk IQN MIB: what most tests want, a target with one disk in memory.
lio_disk() {
	lio_start
	lio_target "$1" "$LIO_PORTAL" "$(lio_ramdisk "${1##*:}" "$2")"
}

# lio_set IQN FILE VALUE: one setting of the target's portal group, such as param/MaxBurstLength.
lio_set() {
	# Without a newline, which would become part of a CHAP name.
	printf %s "$3" >"$LIO/iscsi/$1/tpgt_1/$2"
}

# lio_retains IQN, once it is discovered: a failed session is kept until it comes back. To give it up, LIO takes its locks
# in an order that lockdep complains of.
lio_retains() {
	lio_set "$1" param/DefaultTime2Retain 3600
	node_set "$1" node.session.iscsi.DefaultTime2Retain 3600
}

# Users before what they use, as configfs wants it. The target's modules stay: they are no concern of the tests.
lio_stop() {
	[ -d "$LIO" ] || return 0
	local group folder
	for group in "$LIO"/iscsi/*/tpgt_*; do
		[ -d "$group" ] || continue
		echo 0 >"$group/enable"
		for folder in "$group"/lun/lun_*; do
			[ ! -d "$folder" ] || { find "$folder" -maxdepth 1 -type l -delete && rmdir "$folder"; }
		done
		for folder in "$group"/np/* "$group"/acls/* "$group" "${group%/*}"; do
			[ ! -d "$folder" ] || rmdir "$folder"
		done
	done
	for folder in "$LIO"/core/*_*/* "$LIO"/core/*_* "$LIO/iscsi"; do
		[ ! -d "$folder" ] || rmdir "$folder"
	done
}
