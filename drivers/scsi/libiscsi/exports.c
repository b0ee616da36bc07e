// SPDX-License-Identifier: GPL-2.0
/*
 * What libiscsi exports, checked against the kernel's own prototypes, its parameters, and a lock.
 */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/spinlock.h>
#include <scsi/libiscsi.h>

#include "../../../include/libiscsi.h"

/* In C, where a lock can be initialised before anything runs. */
DEFINE_SPINLOCK(LIBISCSI_TEXT_LOCK);

EXPORT_SYMBOL_GPL(__iscsi_complete_pdu);
EXPORT_SYMBOL_GPL(__iscsi_put_task);
EXPORT_SYMBOL_GPL(iscsi_complete_pdu);
EXPORT_SYMBOL_GPL(iscsi_complete_scsi_task);
EXPORT_SYMBOL_GPL(iscsi_conn_bind);
EXPORT_SYMBOL_GPL(iscsi_conn_failure);
EXPORT_SYMBOL_GPL(iscsi_conn_get_addr_param);
EXPORT_SYMBOL_GPL(iscsi_conn_get_param);
EXPORT_SYMBOL_GPL(iscsi_conn_queue_recv);
EXPORT_SYMBOL_GPL(iscsi_conn_queue_xmit);
EXPORT_SYMBOL_GPL(iscsi_conn_send_pdu);
EXPORT_SYMBOL_GPL(iscsi_conn_setup);
EXPORT_SYMBOL_GPL(iscsi_conn_start);
EXPORT_SYMBOL_GPL(iscsi_conn_stop);
EXPORT_SYMBOL_GPL(iscsi_conn_teardown);
EXPORT_SYMBOL_GPL(iscsi_conn_unbind);
EXPORT_SYMBOL_GPL(iscsi_eh_abort);
EXPORT_SYMBOL_GPL(iscsi_eh_cmd_timed_out);
EXPORT_SYMBOL_GPL(iscsi_eh_device_reset);
EXPORT_SYMBOL_GPL(iscsi_eh_recover_target);
EXPORT_SYMBOL_GPL(iscsi_eh_session_reset);
EXPORT_SYMBOL_GPL(iscsi_get_task);
EXPORT_SYMBOL_GPL(iscsi_host_add);
EXPORT_SYMBOL_GPL(iscsi_host_alloc);
EXPORT_SYMBOL_GPL(iscsi_host_free);
EXPORT_SYMBOL_GPL(iscsi_host_get_max_scsi_cmds);
EXPORT_SYMBOL_GPL(iscsi_host_get_param);
EXPORT_SYMBOL_GPL(iscsi_host_remove);
EXPORT_SYMBOL_GPL(iscsi_host_set_param);
EXPORT_SYMBOL_GPL(iscsi_itt_to_ctask);
EXPORT_SYMBOL_GPL(iscsi_itt_to_task);
EXPORT_SYMBOL_GPL(iscsi_pool_free);
EXPORT_SYMBOL_GPL(iscsi_pool_init);
EXPORT_SYMBOL_GPL(iscsi_prep_data_out_pdu);
EXPORT_SYMBOL_GPL(iscsi_put_task);
EXPORT_SYMBOL_GPL(iscsi_queuecommand);
EXPORT_SYMBOL_GPL(iscsi_requeue_task);
EXPORT_SYMBOL_GPL(iscsi_session_failure);
EXPORT_SYMBOL_GPL(iscsi_session_free);
EXPORT_SYMBOL_GPL(iscsi_session_get_param);
EXPORT_SYMBOL_GPL(iscsi_session_recovery_timedout);
EXPORT_SYMBOL_GPL(iscsi_session_remove);
EXPORT_SYMBOL_GPL(iscsi_session_setup);
EXPORT_SYMBOL_GPL(iscsi_session_teardown);
EXPORT_SYMBOL_GPL(iscsi_set_param);
EXPORT_SYMBOL_GPL(iscsi_suspend_queue);
EXPORT_SYMBOL_GPL(iscsi_suspend_rx);
EXPORT_SYMBOL_GPL(iscsi_suspend_tx);
EXPORT_SYMBOL_GPL(iscsi_switch_str_param);
EXPORT_SYMBOL_GPL(iscsi_target_alloc);
EXPORT_SYMBOL_GPL(iscsi_update_cmdsn);
EXPORT_SYMBOL_GPL(iscsi_verify_itt);

module_param_named(debug_libiscsi_conn, LIBISCSI_DEBUG_CONN, int, 0644);
MODULE_PARM_DESC(debug_libiscsi_conn,
	"Log debug messages about connections: 1 on, 0 off (default).");
module_param_named(debug_libiscsi_session, LIBISCSI_DEBUG_SESSION, int, 0644);
MODULE_PARM_DESC(debug_libiscsi_session,
	"Log debug messages about sessions: 1 on, 0 off (default).");
module_param_named(debug_libiscsi_eh, LIBISCSI_DEBUG_EH, int, 0644);
MODULE_PARM_DESC(debug_libiscsi_eh,
	"Log debug messages about error handling: 1 on, 0 off (default).");
