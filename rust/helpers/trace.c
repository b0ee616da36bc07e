// SPDX-License-Identifier: GPL-2.0

#include <scsi/scsi_transport_iscsi.h>
#include <trace/events/iscsi.h>

/*
 * iscsi_dbg_trace() takes the tracepoint's inline as a function pointer, which Rust cannot name;
 * "%pA" formats the Rust arguments, as in the kernel crate's own printing.
 */
__rust_helper void iscsi_rust_helper_trace_iscsi_dbg_sw_tcp(struct device *dev, const void *args)
{
	iscsi_dbg_trace(trace_iscsi_dbg_sw_tcp, dev, "%pA", args);
}

__rust_helper void iscsi_rust_helper_trace_iscsi_dbg_tcp(struct device *dev, const void *args)
{
	iscsi_dbg_trace(trace_iscsi_dbg_tcp, dev, "%pA", args);
}

__rust_helper void iscsi_rust_helper_trace_iscsi_dbg_conn(struct device *dev, const void *args)
{
	iscsi_dbg_trace(trace_iscsi_dbg_conn, dev, "%pA", args);
}

__rust_helper void iscsi_rust_helper_trace_iscsi_dbg_session(struct device *dev, const void *args)
{
	iscsi_dbg_trace(trace_iscsi_dbg_session, dev, "%pA", args);
}

__rust_helper void iscsi_rust_helper_trace_iscsi_dbg_eh(struct device *dev, const void *args)
{
	iscsi_dbg_trace(trace_iscsi_dbg_eh, dev, "%pA", args);
}

/* In drivers/scsi/scsi_transport_iscsi/exports.c: these two tracepoints are not exported. */
void iscsi_rust_helper_trace_iscsi_dbg_trans_session(struct device *dev, const void *args);
void iscsi_rust_helper_trace_iscsi_dbg_trans_conn(struct device *dev, const void *args);
