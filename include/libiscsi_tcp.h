/* SPDX-License-Identifier: GPL-2.0 */
/* What drivers/scsi/libiscsi_tcp/ffi.rs shares with exports.c. */
#ifndef RUST_ISCSI_LIBISCSI_TCP_H
#define RUST_ISCSI_LIBISCSI_TCP_H

extern int LIBISCSI_TCP_DEBUG;

#endif
