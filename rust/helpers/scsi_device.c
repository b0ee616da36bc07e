// SPDX-License-Identifier: GPL-2.0

#include <linux/blkdev.h>
#include <scsi/scsi_device.h>

__rust_helper int iscsi_rust_helper_queue_limits_trylock(struct request_queue *q)
{
	return mutex_trylock(&q->limits_lock);
}
