// SPDX-License-Identifier: GPL-2.0
/*
 * The parameters of iscsi_tcp, over values that ffi.rs owns.
 *
 * In C because module! knows no bool parameters, no descriptions of its own wording and no
 * parameters that show in sysfs.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "../../../include/iscsi_tcp.h"

module_param_named(max_lun, ISCSI_TCP_MAX_LUN, uint, 0444);

module_param_named(recv_from_iscsi_q, ISCSI_TCP_RECV_FROM_ISCSI_Q, bool, 0644);
MODULE_PARM_DESC(recv_from_iscsi_q,
	"Receive in the iscsi_q workqueue instead of network softirq context (default: false). Connections created later use the new value.");

module_param_named(debug_iscsi_tcp, ISCSI_TCP_DEBUG, int, 0644);
MODULE_PARM_DESC(debug_iscsi_tcp,
	"Log debug messages of iscsi_tcp: 1 on, 0 off (default).");
