#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The story in one go: a target, a disk over iSCSI, files on it, and everything put away again.
# scripts/demo runs it in the test machine.
set -euo pipefail
. "${0%/*}/lib.sh"

IQN=iqn.2026-11.org.example:demo
FOLDER=$STATE/mnt
LOG=$STATE/demo.log
BEGAN=$EPOCHREALTIME

bold() {
	printf '\n\033[1m%s\033[0m\n' "$*"
}

# milliseconds_since MOMENT
milliseconds_since() {
	echo $(((${EPOCHREALTIME/./} - ${1/./}) / 1000))
}

# act WHAT COMMAND...: with the time it took; its output only matters when it fails.
act() {
	local what=$1 start=$EPOCHREALTIME took
	shift
	printf '  %-62s' "$what"
	"$@" >"$LOG" 2>&1 || {
		printf 'failed\n'
		tail -n 20 "$LOG"
		exit 1
	}
	took=$(milliseconds_since "$start")
	printf '%5d.%d s\n' $((took / 1000)) $((took % 1000 / 100))
}

files_written() {
	fill "$FOLDER"
	checksums "$FOLDER" >"$STATE/before"
	sync
}

files_read() {
	umount "$FOLDER"
	blockdev --flushbufs "$DISK"
	mount "$DISK" "$FOLDER"
	checksums "$FOLDER" >"$STATE/after"
	cmp "$STATE/before" "$STATE/after"
}

# speed SHOWN OPTION...: two seconds of I/O, and its rate in the summary.
speed() {
	local shown=$1 start
	shift
	fio --name=speed --filename="$DISK" --ioengine=io_uring --direct=1 --time_based --runtime=2 --size=16M \
		--output-format=terse --output="$STATE/speed" "$@"
	# Terse version 3: the read rate in KiB/s and IOPS are fields 7 and 8, those of writing 48 and 49.
	awk -F ';' -v shown="$shown" '{ printf "  %-40s %7.1f MiB/s  %6d IOPS\n", shown, ($7 + $48) / 1024, $8 + $49 }' \
		"$STATE/speed" >>"$STATE/rates"
}

# Kind and size are the kernel's word: the taint of a module from outside its tree, and /proc/modules.
note_modules() {
	local module
	for module in "${INITIATOR_MODULES[@]}"; do
		printf '  %-22s %-5s %6d KiB  %s\n' "$module" "$(module_kind "$module")" \
			"$(awk -v module="$module" '$1 == module { print $2 / 1024 }' /proc/modules)" \
			"$(modinfo -F filename "$module")"
	done >"$STATE/kinds"
}

all_put_away() {
	stop_daemon iscsid
	unload_initiator
	refused loaded iscsi_tcp
	refused compgen -G '/sys/class/scsi_host/host*'
}

bold "A disk over iSCSI, Linux $(uname -r)"
act "target: LIO with 64 MiB of memory at $LIO_PORTAL" lio_disk "$IQN" 64
act "iscsid starts" initiator_start
act "discovery finds $IQN" discover "$LIO_PORTAL"
act "login; the modules come by their names" login "$IQN"
DISK=/dev/$(disk_of "$IQN")
note_modules
act "$DISK: $(cat "/sys/block/${DISK##*/}/device/vendor" | xargs) $(($(blockdev --getsize64 "$DISK") >> 20)) MiB; ext4 made" \
	mkfs.ext4 -q -F "$DISK"
mkdir -p "$FOLDER"
act "mounted" mount "$DISK" "$FOLDER"
act "files written, and their checksums taken" files_written
FILES="$(wc -l <"$STATE/before") files, $(du -sm "$FOLDER" | cut -f 1) MiB"
act "mounted anew: $FILES, all as they were" files_read
act "unmounted" umount "$FOLDER"
act "fio writes 2 MiB in 4 KiB pieces, 16 at a time, and verifies" fio_verify "${DISK##*/}" 4k 16 2M
act "fio reads for two seconds" speed "reading 64 KiB, 16 at a time" --rw=randread --bs=64k --iodepth=16
act "fio writes for two seconds" speed "writing 64 KiB, 16 at a time" --rw=randwrite --bs=64k --iodepth=16
act "logout" logout "$IQN"
act "the modules unload, nothing remains" all_put_away
act "target gone" lio_stop

bold "Throughput in this machine"
cat "$STATE/rates"
bold "The four modules of the initiator"
cat "$STATE/kinds"
TOOK=$(milliseconds_since "$BEGAN")
printf '\n  Done in %d.%d s.\n' $((TOOK / 1000)) $((TOOK % 1000 / 100))
