# SPDX-License-Identifier: GPL-2.0
"""What the layout proof is about."""

# Whatever else we have bindings for is compared too; without these the proof is none.
REQUIRED = """
    iscsi_task iscsi_conn iscsi_session iscsi_host iscsi_cmd iscsi_tcp_task iscsi_tcp_conn
    iscsi_tcp_recv iscsi_segment iscsi_pool iscsi_r2t_info iscsi_transport iscsi_cls_conn
    iscsi_cls_session iscsi_endpoint iscsi_iface iscsi_bus_flash_session iscsi_bus_flash_conn
    iscsi_cls_host iscsi_uevent iscsi_stats iscsi_stats_custom
    scsi_cmnd Scsi_Host scsi_host_template scsi_device sock sock_common
""".split()

# Those of kernel::bindings that our code opens.
FROM_KERNEL = """
    msghdr kvec bio_vec read_descriptor_t scatterlist socket queue_limits iov_iter
    list_head device timer_list work_struct delayed_work sk_buff_head
""".split()
