// SPDX-License-Identifier: GPL-2.0
/*
 * A transport for tests whose commands take as long as the test wants: of STOP_CONN and DESTROY_SESSION, the next "hold"
 * wait until "release" is set. It moves no data. In C, as transports that this project does not replace are.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/spinlock.h>
#include <scsi/libiscsi.h>
#include <scsi/scsi_host.h>
#include <scsi/scsi_transport_iscsi.h>

static int hold;
module_param(hold, int, 0644);
MODULE_PARM_DESC(hold, "How many of the next commands wait.");

static bool release;
module_param(release, bool, 0644);
MODULE_PARM_DESC(release, "Whether no command waits (any more).");

static atomic_t held = ATOMIC_INIT(0);

static int held_get(char *page, const struct kernel_param *param)
{
	return sysfs_emit(page, "%d\n", atomic_read(&held));
}

static const struct kernel_param_ops held_ops = { .get = held_get };
module_param_cb(held, &held_ops, NULL, 0444);
MODULE_PARM_DESC(held, "How many commands wait.");

static struct scsi_transport_template *scsi_transport;

/* For "hold": commands of several sessions come at once. */
static DEFINE_SPINLOCK(hold_lock);

static bool is_to_wait(void)
{
	bool wait;

	spin_lock(&hold_lock);
	wait = hold > 0;
	if (wait)
		hold--;
	spin_unlock(&hold_lock);
	return wait;
}

static void wait_if_told(void)
{
	if (!is_to_wait())
		return;
	atomic_inc(&held);
	while (!READ_ONCE(release))
		msleep(20);
	atomic_dec(&held);
}

static const struct scsi_host_template host_template = {
	.module = THIS_MODULE,
	.name = "iSCSI that waits",
	.proc_name = "iscsi_stall",
	.queuecommand = iscsi_queuecommand,
	.eh_timed_out = iscsi_eh_cmd_timed_out,
	.this_id = -1,
	.can_queue = ISCSI_DEF_XMIT_CMDS_MAX,
	.cmd_per_lun = ISCSI_DEF_CMD_PER_LUN,
	.sg_tablesize = 1,
	.cmd_size = sizeof(struct iscsi_cmd),
};

static struct iscsi_transport transport;

static struct iscsi_cls_session *create_session(struct iscsi_endpoint *endpoint, uint16_t commands,
						uint16_t queue_depth, uint32_t initial_cmd_sn)
{
	struct iscsi_cls_session *session;
	struct Scsi_Host *host;

	host = iscsi_host_alloc(&host_template, 0, true);
	if (!host)
		return NULL;
	host->transportt = scsi_transport;
	host->max_lun = 1;
	if (iscsi_host_add(host, NULL))
		goto free_host;
	session = iscsi_session_setup(&transport, host, commands, 0, sizeof(struct iscsi_hdr), initial_cmd_sn, 0);
	if (session)
		return session;
	iscsi_host_remove(host, false);
free_host:
	iscsi_host_free(host);
	return NULL;
}

static void destroy_session(struct iscsi_cls_session *session)
{
	struct Scsi_Host *host = iscsi_session_to_shost(session);

	wait_if_told();
	iscsi_session_teardown(session);
	iscsi_host_remove(host, false);
	iscsi_host_free(host);
}

static struct iscsi_cls_conn *create_conn(struct iscsi_cls_session *session, uint32_t cid)
{
	return iscsi_conn_setup(session, 0, cid);
}

static int bind_conn(struct iscsi_cls_session *session, struct iscsi_cls_conn *conn, uint64_t handle, int is_leading)
{
	return iscsi_conn_bind(session, conn, is_leading);
}

static void stop_conn(struct iscsi_cls_conn *conn, int flag)
{
	wait_if_told();
	iscsi_conn_stop(conn, flag);
}

static void get_stats(struct iscsi_cls_conn *conn, struct iscsi_stats *stats)
{
}

static int alloc_pdu(struct iscsi_task *task, uint8_t opcode)
{
	task->hdr = task->dd_data;
	task->hdr_max = sizeof(struct iscsi_hdr);
	return 0;
}

static int xmit_task(struct iscsi_task *task)
{
	return 0;
}

static void cleanup_task(struct iscsi_task *task)
{
}

/* iscsiadm lists no sessions at all if one has no name. */
static umode_t attr_is_visible(int kind, int param)
{
	return kind == ISCSI_PARAM && param == ISCSI_PARAM_TARGET_NAME ? 0444 : 0;
}

static struct iscsi_transport transport = {
	.owner = THIS_MODULE,
	/* A transport that iscsid knows by name, or it would not work any more, and that no driver of the kernel has. */
	.name = "ocs",
	.caps = CAP_RECOVERY_L0,
	.create_session = create_session,
	.destroy_session = destroy_session,
	.create_conn = create_conn,
	.bind_conn = bind_conn,
	.start_conn = iscsi_conn_start,
	.stop_conn = stop_conn,
	.destroy_conn = iscsi_conn_teardown,
	.set_param = iscsi_set_param,
	.get_conn_param = iscsi_conn_get_param,
	.get_session_param = iscsi_session_get_param,
	.get_host_param = iscsi_host_get_param,
	.send_pdu = iscsi_conn_send_pdu,
	.get_stats = get_stats,
	.alloc_pdu = alloc_pdu,
	.xmit_task = xmit_task,
	.cleanup_task = cleanup_task,
	.session_recovery_timedout = iscsi_session_recovery_timedout,
	.attr_is_visible = attr_is_visible,
};

static int __init stall_init(void)
{
	scsi_transport = iscsi_register_transport(&transport);
	return scsi_transport ? 0 : -ENODEV;
}

static void __exit stall_exit(void)
{
	iscsi_unregister_transport(&transport);
}

module_init(stall_init);
module_exit(stall_exit);

MODULE_DESCRIPTION("A transport for tests that waits");
MODULE_LICENSE("GPL");
