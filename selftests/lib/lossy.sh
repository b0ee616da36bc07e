# SPDX-License-Identifier: GPL-2.0
# A disk that loses commands: LIO in front of scsi_debug, which can be told to.

LOSSY=/sys/bus/pseudo/drivers/scsi_debug

# lossy_disk IQN: LIO finds out about lost commands by itself, after a while.
lossy_disk() {
	local disk store=$LIO/core/iblock_0/lossy
	modprobe scsi_debug dev_size_mb=16 delay=0
	settle
	disk=$(echo "$LOSSY"/adapter*/host*/target*/*/block/*)
	echo 6 >"/sys/block/${disk##*/}/device/timeout"
	lio_start
	modprobe target_core_iblock
	mkdir -p "$store"
	echo "udev_path=/dev/${disk##*/}" >"$store/control"
	echo 1 >"$store/enable"
	lio_target "$1" "$LIO_PORTAL" "$store"
}

# To be called when nobody has logged in to it any more.
lossy_stop() {
	lio_stop
	modprobe -r scsi_debug
}

# Every command from now on is never answered.
lose_commands() {
	at_end lose_no_more
	echo 4 >"$LOSSY/opts"
	echo 1 >"$LOSSY/every_nth"
}

lose_no_more() {
	echo 0 >"$LOSSY/every_nth"
	echo 0 >"$LOSSY/opts"
}
