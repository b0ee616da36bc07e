// SPDX-License-Identifier: GPL-2.0

#include <scsi/libiscsi.h>
#include <scsi/scsi_host.h>

__rust_helper void *iscsi_rust_helper_iscsi_host_priv(struct Scsi_Host *shost)
{
	return iscsi_host_priv(shost);
}
