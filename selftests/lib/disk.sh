# SPDX-License-Identifier: GPL-2.0
# Work for a disk: file systems, fio, and comparison with what the target has.

# fio_verify DISK BLOCKSIZE DEPTH SIZE [OPTION...]: writes all of SIZE in random order and reads it back. To look up the
# disk's own statistics would take fio longer than the rest.
fio_verify() {
	local disk=$1 bs=$2 depth=$3 size=$4
	shift 4
	fio --name=verify --filename="/dev/$disk" --ioengine=io_uring --direct=1 --rw=randwrite \
		--disk_util=0 --bs="$bs" --iodepth="$depth" --size="$size" \
		--verify=crc32c --verify_fatal=1 --verify_state_save=0 --output="$STATE/fio" "$@" || {
		grep -E 'fio: |verify: |err=' "$STATE/fio"
		return 1
	}
}

# same_as_target DISK FILE: what is read over iSCSI is what the target has in its file. A mistake made alike in
# both directions escapes every check on the initiator's side.
same_as_target() {
	# Nothing may come from memory.
	dd if="/dev/$1" bs=1M iflag=direct status=none | cmp - "$2"
}

# Files of many sizes, from what the guest has.
fill() {
	cp -a /etc "$1/etc"
	cp -a "/lib/modules/$(uname -r)/kernel/drivers/scsi" "$1/scsi"
	head -c 3000001 /dev/urandom >"$1/odd"
	truncate -s 5M "$1/hole"
}

checksums() {
	(cd "$1" && find . -type f -print0 | sort -z | xargs -0 md5sum)
}

# filesystem DISK TYPE: made, filled, unmounted, mounted again, compared, checked.
filesystem() {
	local device=/dev/$1 type=$2 folder=$STATE/mnt
	mkdir -p "$folder"
	case $type in
	ext4) mkfs.ext4 -q -F "$device" ;;
	xfs) mkfs.xfs -q -f "$device" ;;
	esac
	mount "$device" "$folder"
	fill "$folder"
	checksums "$folder" >"$STATE/before"
	umount "$folder"
	# Nothing may come from memory.
	blockdev --flushbufs "$device"
	mount "$device" "$folder"
	checksums "$folder" >"$STATE/after"
	[ "$(wc -l <"$STATE/before")" -gt 100 ]
	cmp "$STATE/before" "$STATE/after"
	umount "$folder"
	case $type in
	ext4) e2fsck -f -n "$device" ;;
	xfs) xfs_repair -n "$device" ;;
	esac
}

__filesystem_on() {
	filesystem "$(disk_of "$1")" "$2"
}

__verify_on() {
	local iqn=$1
	shift
	fio_verify "$(disk_of "$iqn")" "$@"
}

# check_disk_work IQN: declares checks of what its disk is for: file systems, and I/O of all sizes and depths.
check_disk_work() {
	local depth
	check "ext4 keeps its files" __filesystem_on "$1" ext4
	check "xfs keeps its files" __filesystem_on "$1" xfs
	for depth in 1 32; do
		check "fio verify 4k depth $depth" __verify_on "$1" 4k "$depth" 2M
		check "fio verify 64k depth $depth" __verify_on "$1" 64k "$depth" 8M
		check "fio verify 1M depth $depth" __verify_on "$1" 1M "$depth" 16M
	done
}
