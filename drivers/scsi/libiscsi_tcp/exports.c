// SPDX-License-Identifier: GPL-2.0
/*
 * What libiscsi_tcp exports, checked against the kernel's own prototypes, and its parameter.
 */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <scsi/libiscsi_tcp.h>

#include "../../../include/libiscsi_tcp.h"

EXPORT_SYMBOL_GPL(iscsi_segment_init_linear);
EXPORT_SYMBOL_GPL(iscsi_segment_seek_sg);
EXPORT_SYMBOL_GPL(iscsi_tcp_cleanup_task);
EXPORT_SYMBOL_GPL(iscsi_tcp_conn_get_stats);
EXPORT_SYMBOL_GPL(iscsi_tcp_conn_setup);
EXPORT_SYMBOL_GPL(iscsi_tcp_conn_teardown);
EXPORT_SYMBOL_GPL(iscsi_tcp_dgst_header);
EXPORT_SYMBOL_GPL(iscsi_tcp_hdr_recv_prep);
EXPORT_SYMBOL_GPL(iscsi_tcp_r2tpool_alloc);
EXPORT_SYMBOL_GPL(iscsi_tcp_r2tpool_free);
EXPORT_SYMBOL_GPL(iscsi_tcp_recv_segment_is_hdr);
EXPORT_SYMBOL_GPL(iscsi_tcp_recv_skb);
EXPORT_SYMBOL_GPL(iscsi_tcp_segment_done);
EXPORT_SYMBOL_GPL(iscsi_tcp_segment_unmap);
EXPORT_SYMBOL_GPL(iscsi_tcp_set_max_r2t);
EXPORT_SYMBOL_GPL(iscsi_tcp_task_init);
EXPORT_SYMBOL_GPL(iscsi_tcp_task_xmit);

module_param_named(debug_libiscsi_tcp, LIBISCSI_TCP_DEBUG, int, 0644);
MODULE_PARM_DESC(debug_libiscsi_tcp,
	"Log debug messages of libiscsi_tcp: 1 on, 0 off (default).");
