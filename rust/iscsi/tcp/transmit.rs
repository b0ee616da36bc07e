// SPDX-License-Identifier: GPL-2.0

//! Sending the PDUs of a task, one after the other, through its transport.

use super::{
    r2t::{
        R2t,
        R2tRing, //
    },
    TcpConnection, //
};
use core::marker::PhantomData;
use iscsi_bindings as bindings;
use iscsi_kernel::{
    compat::code::EOPNOTSUPP,
    scsi::Cmnd, //
};
use kernel::{
    error::to_result,
    ffi::c_uint,
    prelude::*, //
};

/// A task in the transmit context of its connection.
///
/// # Invariants
///
/// A reference to the task is held for `'a`, and the current context is the transmit context of its
/// connection. Its transport has the callbacks `init_pdu`, `alloc_pdu` and `xmit_pdu`.
pub struct Transmit<'a> {
    task: *mut bindings::iscsi_task,
    _task: PhantomData<&'a bindings::iscsi_task>,
}

impl<'a> Transmit<'a> {
    /// Declares the current context that of a task.
    ///
    /// # Safety
    ///
    /// The type invariants must hold for `'a`.
    #[inline]
    pub unsafe fn from_raw(task: *mut bindings::iscsi_task) -> Self {
        // INVARIANT: By the requirements of this function.
        Self {
            task,
            _task: PhantomData,
        }
    }

    #[inline]
    fn as_raw_tcp(&self) -> *mut bindings::iscsi_tcp_task {
        // SAFETY: Written once, when the session is set up.
        unsafe { (*self.task).dd_data.cast() }
    }

    /// The connection.
    #[inline]
    pub fn connection(&self) -> &'a TcpConnection {
        // SAFETY: Set while the task is out of the pool, which the reference sees to.
        unsafe { TcpConnection::from_raw((*self.task).conn) }
    }

    #[inline]
    fn transport(&self) -> &'a bindings::iscsi_transport {
        // SAFETY: A transport stays registered as long as it has sessions.
        unsafe { &*(*self.connection().session()).tt }
    }

    #[inline]
    fn command(&self) -> Option<&Cmnd> {
        // SAFETY: The field is set while a reference is held, unless the task is for management.
        unsafe {
            let command = (*self.task).sc;
            (!command.is_null()).then(|| Cmnd::from_raw(command))
        }
    }

    /// Whether the task is for management, rather than a SCSI command.
    #[inline]
    pub fn is_management(&self) -> bool {
        self.command().is_none()
    }

    /// Whether the task is a write.
    #[inline]
    pub fn is_write(&self) -> bool {
        self.command().is_some_and(Cmnd::is_write)
    }

    /// Sends what is left of the PDU that was prepared last.
    ///
    /// # Errors
    ///
    /// `EAGAIN` and others when it was not sent completely.
    #[inline]
    pub fn send(&self) -> Result {
        let xmit_pdu = self.transport().xmit_pdu.ok_or(EOPNOTSUPP)?;
        // SAFETY: By the type invariants.
        to_result(unsafe { xmit_pdu(self.task) })
    }

    /// Prepares the first PDU of the task.
    ///
    /// # Errors
    ///
    /// What the transport says.
    #[inline]
    pub fn prepare_request(&self) -> Result {
        // SAFETY: By the type invariants. What was left of an earlier use is not needed.
        let data_len = unsafe {
            if self.is_management() {
                (*self.task).data_count
            } else {
                R2tRing::clear(self.as_raw_tcp());
                (*self.as_raw_tcp()).exp_datasn = 0;
                (*self.as_raw_tcp()).data_offset = 0;
                (*self.task).imm_count
            }
        };
        self.init_pdu(0, data_len)?;
        if !self.is_management() {
            // SAFETY: By the type invariants. The immediate data is on its way.
            unsafe { (*self.task).imm_count = 0 };
        }
        Ok(())
    }

    #[inline]
    fn init_pdu(&self, offset: u32, len: u32) -> Result {
        let init_pdu = self.transport().init_pdu.ok_or(EOPNOTSUPP)?;
        // SAFETY: By the type invariants.
        to_result(unsafe { init_pdu(self.task, offset as c_uint, len as c_uint) })
    }

    /// Gives the task back if it is a request that gets no response.
    #[inline]
    pub fn finish_unanswered(self) {
        // SAFETY: By the type invariants; the request has just been sent, so its header is there. The
        // reference that waits for the response is not needed.
        unsafe {
            if (*(*self.task).hdr).itt == bindings::ISCSI_RESERVED_TAG {
                bindings::iscsi_put_task(self.task);
            }
        }
    }

    /// What is to be sent next: the rest of the unsolicited data, or of the oldest R2T.
    #[inline]
    pub fn next_r2t(&mut self) -> Option<R2t<'_>> {
        let task = self.as_raw_tcp();
        // SAFETY: By the type invariants all of this belongs to the current context.
        unsafe {
            let unsolicited = R2t::new(&mut (*self.task).unsol_r2t);
            if !unsolicited.is_served() {
                return Some(unsolicited);
            }
            let ring = R2tRing::of(task);
            if !(*task).r2t.is_null() && R2t::new(&mut *(*task).r2t).is_served() {
                ring.pop();
                (*task).r2t = core::ptr::null_mut();
            }
            if (*task).r2t.is_null() {
                // The transport finds the R2T there.
                (*task).r2t = ring.front()?;
            }
            Some(R2t::new(&mut *(*task).r2t))
        }
    }

    /// Makes room for the header of a Data-Out PDU.
    ///
    /// # Errors
    ///
    /// What the transport says when it has none at the moment.
    #[inline]
    pub fn allocate_data_out(&self) -> Result {
        let alloc_pdu = self.transport().alloc_pdu.ok_or(EOPNOTSUPP)?;
        // SAFETY: By the type invariants.
        to_result(unsafe { alloc_pdu(self.task, bindings::ISCSI_OP_SCSI_DATA_OUT as u8) })
    }

    /// Prepares the next Data-Out PDU of the R2T that [`Transmit::next_r2t`] returns, in the room that
    /// [`Transmit::allocate_data_out`] has made.
    ///
    /// # Errors
    ///
    /// `EIO` when the PDU would have no data, since none is left or MaxRecvDataSegmentLength is zero,
    /// and what the transport says.
    #[inline]
    pub fn prepare_data_out(&mut self) -> Result {
        let task = self.task;
        let mut r2t = self.next_r2t().ok_or(EIO)?;
        // SAFETY: By the type invariants, and the header has been placed.
        unsafe { bindings::iscsi_prep_data_out_pdu(task, r2t.as_raw(), (*task).hdr.cast()) };
        let (offset, len) = (r2t.next_offset(), r2t.pdu_len());
        if len == 0 {
            return Err(EIO);
        }
        // cxgb4i goes by what was sent before this PDU, and writes to the R2T.
        self.init_pdu(offset, len)?;
        self.next_r2t().ok_or(EIO)?.count_pdu();
        Ok(())
    }
}

/// Drops the R2Ts of a task that goes back to the pool.
///
/// # Safety
///
/// The task must belong to a session over this library, and the last reference to it be gone.
#[inline]
pub unsafe fn drop_r2ts(task: *mut bindings::iscsi_task) {
    // SAFETY: By the requirements of this function neither the receive nor the transmit context uses
    // the ring.
    unsafe { R2tRing::clear((*task).dd_data.cast()) };
}
