/* SPDX-License-Identifier: GPL-2.0 */
/* What drivers/scsi/scsi_transport_iscsi/ffi.rs shares with exports.c. */
#ifndef RUST_ISCSI_SCSI_TRANSPORT_ISCSI_H
#define RUST_ISCSI_SCSI_TRANSPORT_ISCSI_H

extern int ISCSI_CLASS_DEBUG_SESSION;
extern int ISCSI_CLASS_DEBUG_CONN;

#endif
