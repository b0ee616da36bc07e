/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the modules use of the kernel's headers and kernel::bindings does not carry.
 * bindgen_parameters says which of it is generated.
 */

/* First, as in the kernel's own helper: bindgen mistakes its forward-declared enums otherwise. */
#include <linux/hrtimer_types.h>

#include <linux/attribute_container.h>
#include <linux/blkdev.h>
#include <linux/bsg-lib.h>
#include <linux/bvec.h>
#include <linux/capability.h>
#include <linux/crc32c.h>
#include <linux/idr.h>
#include <linux/in6.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/scatterlist.h>
#include <linux/socket.h>
#include <linux/sysfs.h>
#include <linux/transport_class.h>
#include <linux/uio.h>
#include <net/netlink.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <scsi/iscsi_if.h>
#include <scsi/iscsi_proto.h>
#include <scsi/libiscsi.h>
#include <scsi/libiscsi_tcp.h>
#include <scsi/scsi.h>
#include <scsi/scsi_bsg_iscsi.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_host.h>
#include <scsi/scsi_tcq.h>
#include <scsi/scsi_transport.h>
#include <scsi/scsi_transport_iscsi.h>
#include <trace/events/iscsi.h>

/* Function-like or cast constants that bindgen does not evaluate. */
static const unsigned int ISCSI_RUST_CONST_BLK_FEAT_STABLE_WRITES = (__force unsigned int)BLK_FEAT_STABLE_WRITES;
static const unsigned long ISCSI_RUST_CONST_PAGE_SIZE = PAGE_SIZE;
