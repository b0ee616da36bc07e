// SPDX-License-Identifier: GPL-2.0
/*
 * Shims for what Rust cannot call: macros and static inlines of the kernel's headers.
 *
 * One file per wrapped header, each function named iscsi_rust_helper_ and the C name. The prefix
 * differs from the kernel's rust_helper_, of which vmlinux exports hundreds.
 */
#include <linux/compiler_types.h>

#define __rust_helper

#include "compat.c"
#include "debugfs.c"
#include "device.c"
#include "iscsi.c"
#include "mm.c"
#include "netlink.c"
#include "printk.c"
#include "scatterlist.c"
#include "scsi_device.c"
#include "scsi_host.c"
#include "sock.c"
#include "spinlock.c"
#include "trace.c"
