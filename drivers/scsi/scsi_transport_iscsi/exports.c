// SPDX-License-Identifier: GPL-2.0
/*
 * What scsi_transport_iscsi exports, checked against the kernel's own prototypes, its parameters, its tracepoints,
 * and the one function that Rust cannot define: a variadic one.
 */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <scsi/scsi_transport_iscsi.h>

#include "../../../include/scsi_transport_iscsi.h"

#define CREATE_TRACE_POINTS
#include <trace/events/iscsi.h>

EXPORT_TRACEPOINT_SYMBOL_GPL(iscsi_dbg_conn);
EXPORT_TRACEPOINT_SYMBOL_GPL(iscsi_dbg_eh);
EXPORT_TRACEPOINT_SYMBOL_GPL(iscsi_dbg_session);
EXPORT_TRACEPOINT_SYMBOL_GPL(iscsi_dbg_sw_tcp);
EXPORT_TRACEPOINT_SYMBOL_GPL(iscsi_dbg_tcp);

/* Hands a message to a tracepoint, as printf() would print it. */
void iscsi_dbg_trace(void (*trace)(struct device *dev, struct va_format *message),
		     struct device *dev, const char *format, ...)
{
	struct va_format message = { .fmt = format };
	va_list arguments;

	va_start(arguments, format);
	message.va = &arguments;
	trace(dev, &message);
	va_end(arguments);
}
EXPORT_SYMBOL_GPL(iscsi_dbg_trace);

void iscsi_rust_helper_trace_iscsi_dbg_trans_session(struct device *dev, const void *args);
void iscsi_rust_helper_trace_iscsi_dbg_trans_session(struct device *dev, const void *args)
{
	iscsi_dbg_trace(trace_iscsi_dbg_trans_session, dev, "%pA", args);
}

void iscsi_rust_helper_trace_iscsi_dbg_trans_conn(struct device *dev, const void *args);
void iscsi_rust_helper_trace_iscsi_dbg_trans_conn(struct device *dev, const void *args)
{
	iscsi_dbg_trace(trace_iscsi_dbg_trans_conn, dev, "%pA", args);
}

EXPORT_SYMBOL_GPL(iscsi_add_conn);
EXPORT_SYMBOL_GPL(iscsi_add_session);
EXPORT_SYMBOL_GPL(iscsi_alloc_conn);
EXPORT_SYMBOL_GPL(iscsi_alloc_session);
EXPORT_SYMBOL_GPL(iscsi_block_scsi_eh);
EXPORT_SYMBOL_GPL(iscsi_block_session);
EXPORT_SYMBOL_GPL(iscsi_conn_error_event);
EXPORT_SYMBOL_GPL(iscsi_conn_login_event);
EXPORT_SYMBOL_GPL(iscsi_create_endpoint);
EXPORT_SYMBOL_GPL(iscsi_create_flashnode_conn);
EXPORT_SYMBOL_GPL(iscsi_create_flashnode_sess);
EXPORT_SYMBOL_GPL(iscsi_create_iface);
EXPORT_SYMBOL_GPL(iscsi_destroy_all_flashnode);
EXPORT_SYMBOL_GPL(iscsi_destroy_endpoint);
EXPORT_SYMBOL_GPL(iscsi_destroy_flashnode_sess);
EXPORT_SYMBOL_GPL(iscsi_destroy_iface);
EXPORT_SYMBOL_GPL(iscsi_find_flashnode_conn);
EXPORT_SYMBOL_GPL(iscsi_find_flashnode_sess);
EXPORT_SYMBOL_GPL(iscsi_flashnode_bus_match);
EXPORT_SYMBOL_GPL(iscsi_force_destroy_session);
EXPORT_SYMBOL_GPL(iscsi_free_session);
EXPORT_SYMBOL_GPL(iscsi_get_conn);
EXPORT_SYMBOL_GPL(iscsi_get_discovery_parent_name);
EXPORT_SYMBOL_GPL(iscsi_get_ipaddress_state_name);
EXPORT_SYMBOL_GPL(iscsi_get_port_speed_name);
EXPORT_SYMBOL_GPL(iscsi_get_port_state_name);
EXPORT_SYMBOL_GPL(iscsi_get_router_state_name);
EXPORT_SYMBOL_GPL(iscsi_host_for_each_session);
EXPORT_SYMBOL_GPL(iscsi_is_session_dev);
EXPORT_SYMBOL_GPL(iscsi_is_session_online);
EXPORT_SYMBOL_GPL(iscsi_lookup_endpoint);
EXPORT_SYMBOL_GPL(iscsi_offload_mesg);
EXPORT_SYMBOL_GPL(iscsi_ping_comp_event);
EXPORT_SYMBOL_GPL(iscsi_post_host_event);
EXPORT_SYMBOL_GPL(iscsi_put_conn);
EXPORT_SYMBOL_GPL(iscsi_put_endpoint);
EXPORT_SYMBOL_GPL(iscsi_recv_pdu);
EXPORT_SYMBOL_GPL(iscsi_register_transport);
EXPORT_SYMBOL_GPL(iscsi_remove_conn);
EXPORT_SYMBOL_GPL(iscsi_remove_session);
EXPORT_SYMBOL_GPL(iscsi_session_chkready);
EXPORT_SYMBOL_GPL(iscsi_session_event);
EXPORT_SYMBOL_GPL(iscsi_unblock_session);
EXPORT_SYMBOL_GPL(iscsi_unregister_transport);

module_param_named(debug_session, ISCSI_CLASS_DEBUG_SESSION, int, 0644);
MODULE_PARM_DESC(debug_session,
	"Log debug messages about sessions: 1 on, 0 off (default).");
module_param_named(debug_conn, ISCSI_CLASS_DEBUG_CONN, int, 0644);
MODULE_PARM_DESC(debug_conn,
	"Log debug messages about connections: 1 on, 0 off (default).");

/* What programs have found here since 2008: the version of the interface, not of the code. */
MODULE_VERSION("2.0-870");
MODULE_ALIAS_NET_PF_PROTO(PF_NETLINK, NETLINK_ISCSI);
