/* SPDX-License-Identifier: GPL-2.0 */
/* What drivers/scsi/libiscsi/ffi.rs shares with exports.c. */
#ifndef RUST_ISCSI_LIBISCSI_H
#define RUST_ISCSI_LIBISCSI_H

#include <linux/spinlock_types.h>

extern spinlock_t LIBISCSI_TEXT_LOCK;
extern int LIBISCSI_DEBUG_CONN;
extern int LIBISCSI_DEBUG_SESSION;
extern int LIBISCSI_DEBUG_EH;

#endif
