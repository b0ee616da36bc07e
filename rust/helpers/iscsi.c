// SPDX-License-Identifier: GPL-2.0

#include <linux/refcount.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_transport_iscsi.h>

/* The session that a logical unit's target is a child of. */
__rust_helper struct iscsi_cls_session *iscsi_rust_helper_scsi_device_to_session(struct scsi_device *sdev)
{
	return starget_to_session(scsi_target(sdev));
}

__rust_helper unsigned int iscsi_rust_helper_scsi_transfer_length(struct scsi_cmnd *sc)
{
	return scsi_transfer_length(sc);
}

__rust_helper void iscsi_rust_helper_scsi_set_resid(struct scsi_cmnd *sc, unsigned int resid)
{
	scsi_set_resid(sc, resid);
}

__rust_helper bool iscsi_rust_helper_scsi_is_protected(struct scsi_cmnd *sc)
{
	return scsi_get_prot_op(sc) != SCSI_PROT_NORMAL;
}

__rust_helper bool iscsi_rust_helper_refcount_inc_not_zero(refcount_t *count)
{
	return refcount_inc_not_zero(count);
}

__rust_helper void iscsi_rust_helper_list_del_init(struct list_head *entry)
{
	list_del_init(entry);
}

__rust_helper bool iscsi_rust_helper_system_is_running(void)
{
	return system_state == SYSTEM_RUNNING;
}
