// SPDX-License-Identifier: GPL-2.0

//! What is left to be sent of an R2T, or of unsolicited data.
//!
//! C header: [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h), `struct iscsi_r2t_info`

use super::{
    Connection,
    TaskRef, //
};
use iscsi_bindings as bindings;
use iscsi_proto::{
    bhs::{
        Header,
        Lun, //
    },
    data_out::{
        DataOutPdu,
        DataOutSequence, //
    },
    pdu::BHS_LEN,
    tag::{
        InitiatorTaskTag,
        TargetTransferTag, //
    }, //
};
use kernel::ffi::c_int;

/// A sequence of Data-Out PDUs that is being sent.
pub struct DataOut<'a> {
    r2t: &'a mut bindings::iscsi_r2t_info,
    header: &'a mut [u8; BHS_LEN],
}

impl<'a> DataOut<'a> {
    /// Borrows the C objects.
    ///
    /// # Safety
    ///
    /// Both must be valid, and used by nobody else for `'a`.
    #[inline]
    pub unsafe fn from_raw(
        r2t: *mut bindings::iscsi_r2t_info,
        header: *mut bindings::iscsi_data,
    ) -> Self {
        // SAFETY: By the requirements of this function; a header has 48 bytes.
        unsafe {
            Self {
                r2t: &mut *r2t,
                header: &mut *header.cast(),
            }
        }
    }

    /// What is left of the sequence, for a task on a connection.
    #[inline]
    pub fn rest(&self, conn: &Connection, task: &TaskRef<'_>) -> DataOutSequence {
        let sent = self.r2t.sent as u32;
        DataOutSequence {
            lun: Lun::from_bytes(task.sent_lun()),
            itt: InitiatorTaskTag::from_bytes(task.sent_tag()),
            ttt: TargetTransferTag::from_bytes(self.r2t.ttt.to_ne_bytes()),
            exp_stat_sn: self.r2t.exp_statsn.to_ne_bytes(),
            data_sn: self.r2t.datasn as u32,
            buffer_offset: self.r2t.data_offset.wrapping_add(sent),
            remaining: self.r2t.data_length.wrapping_sub(sent),
            max_data_segment: conn.max_xmit_data_segment_len(),
        }
    }

    /// Makes `pdu` the one that is sent next.
    #[inline]
    pub fn begin(&mut self, pdu: &DataOutPdu) {
        *self.header = pdu.header.to_bytes();
        self.r2t.data_count = pdu.len as c_int;
        self.r2t.datasn = self.r2t.datasn.wrapping_add(1);
    }
}
