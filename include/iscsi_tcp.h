/* SPDX-License-Identifier: GPL-2.0 */
/* What drivers/scsi/iscsi_tcp/ffi.rs shares with exports.c. */
#ifndef RUST_ISCSI_ISCSI_TCP_H
#define RUST_ISCSI_ISCSI_TCP_H

#include <linux/types.h>

extern unsigned int ISCSI_TCP_MAX_LUN;
extern bool ISCSI_TCP_RECV_FROM_ISCSI_Q;
extern int ISCSI_TCP_DEBUG;

#endif
