# SPDX-License-Identifier: GPL-2.0
# What every test sources.

SELFTESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Logs, pid files, mount points, backing files: all of a test's own, and in memory.
STATE=/tmp/selftest
mkdir -p "$STATE"

for __file in debug ktap udev machine trace lio tgt initiator disk data_rules recovery lossy netlink complaint probe hostile faults; do
	# shellcheck source=/dev/null
	. "$SELFTESTS/lib/$__file.sh"
done
unset __file
