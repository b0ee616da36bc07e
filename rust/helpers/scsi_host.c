// SPDX-License-Identifier: GPL-2.0

#include <scsi/libiscsi.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_host.h>

__rust_helper void *iscsi_rust_helper_iscsi_host_priv(struct Scsi_Host *shost)
{
	return iscsi_host_priv(shost);
}

__rust_helper void *iscsi_rust_helper_scsi_cmd_priv(struct scsi_cmnd *sc)
{
	return scsi_cmd_priv(sc);
}
