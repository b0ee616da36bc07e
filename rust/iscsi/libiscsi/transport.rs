// SPDX-License-Identifier: GPL-2.0

//! What libiscsi asks of a transport.
//!
//! C header: [`include/scsi/scsi_transport_iscsi.h`](srctree/include/scsi/scsi_transport_iscsi.h),
//! `struct iscsi_transport`

use super::{
    Back,
    Connection,
    Task,
    TaskRef, //
};
use core::marker::PhantomData;
use iscsi_bindings as bindings;
use iscsi_kernel::compat::code::EOPNOTSUPP;
use iscsi_proto::tag::InitiatorTaskTag;
use kernel::{
    error::to_result,
    ffi::c_int,
    prelude::*, //
};

/// The callbacks of a transport, whether it is this project's or C.
///
/// # Invariants
///
/// The table is valid for `'a`.
#[derive(Clone, Copy)]
pub struct Transport<'a>(*const bindings::iscsi_transport, PhantomData<&'a ()>);

/// A fault in the protection information of a command's data (T10 PI).
pub struct ProtectionFault {
    /// The additional sense code qualifier that says which part is wrong.
    pub ascq: u8,
    /// The logical block it was found in.
    pub sector: u64,
}

impl Transport<'_> {
    /// Borrows a C table.
    ///
    /// # Safety
    ///
    /// It must be valid for the lifetime of the result.
    #[inline]
    pub(super) unsafe fn from_raw(ptr: *const bindings::iscsi_transport) -> Self {
        // INVARIANT: By the requirements of this function.
        Self(ptr, PhantomData)
    }

    /// The module that must not go as long as there are sessions.
    #[inline]
    pub(super) fn owner(self) -> *mut bindings::module {
        // SAFETY: Valid by the type invariants.
        unsafe { (*self.0).owner }
    }

    /// Has the transport place the header of a task's next PDU, if it does so for each PDU.
    ///
    /// # Errors
    ///
    /// `ENOMEM` to try the command again later; anything else fails it.
    #[inline]
    pub fn alloc_pdu(self, task: &TaskRef<'_>, opcode: u8) -> Result {
        // SAFETY: Valid by the type invariants.
        match unsafe { (*self.0).alloc_pdu } {
            // SAFETY: The task is valid, and in use.
            Some(alloc_pdu) => to_result(unsafe { alloc_pdu(task.as_raw(), opcode) }),
            None => Ok(()),
        }
    }

    /// Has the transport prepare to send a task whose header is complete.
    ///
    /// # Errors
    ///
    /// `EIO`: the task fails.
    #[inline]
    pub fn init_task(self, task: &TaskRef<'_>) -> Result {
        // SAFETY: Valid by the type invariants.
        match unsafe { (*self.0).init_task } {
            // SAFETY: The task is valid, and in use.
            Some(init_task) => to_result(unsafe { init_task(task.as_raw()) }).map_err(|_| EIO),
            None => Ok(()),
        }
    }

    /// Has the transport send what there is to send of a task. May sleep if the session has a
    /// worker.
    ///
    /// # Errors
    ///
    /// `EAGAIN` and `ENODATA` to call again; anything else when the connection fails. A positive
    /// number, which no transport should return, counts as `EAGAIN`.
    #[inline]
    pub fn xmit_task(self, task: &TaskRef<'_>) -> Result {
        // SAFETY: Valid by the type invariants; every transport of libiscsi sends tasks.
        let ret = match unsafe { (*self.0).xmit_task } {
            // SAFETY: The task is valid, and in use.
            Some(xmit_task) => unsafe { xmit_task(task.as_raw()) },
            None => return Err(EOPNOTSUPP),
        };
        if ret > 0 {
            return Err(EAGAIN);
        }
        to_result(ret)
    }

    /// Has the transport give up what it keeps for a task, which nobody uses any more.
    ///
    /// A transport may drop the lock meanwhile and take it again.
    #[inline]
    pub(super) fn cleanup_task(self, task: Task<'_>, _back: &mut Back<'_>) {
        // SAFETY: Valid by the type invariants.
        if let Some(cleanup_task) = unsafe { (*self.0).cleanup_task } {
            // SAFETY: The task is valid, `back_lock` held.
            unsafe { cleanup_task(task.as_raw()) };
        }
    }

    /// Whether the transport has Initiator Task Tags of its own.
    #[inline]
    pub fn has_own_tags(self) -> bool {
        // SAFETY: Valid by the type invariants.
        unsafe { (*self.0).parse_pdu_itt }.is_some()
    }

    /// The task index and the session age in a tag of the transport's own, if it has such.
    ///
    /// Either may be any number: the tag is what a target sent.
    #[inline]
    pub fn parse_tag(self, conn: &Connection, itt: InitiatorTaskTag) -> Option<(c_int, c_int)> {
        // SAFETY: Valid by the type invariants.
        let parse = unsafe { (*self.0).parse_pdu_itt }?;
        let (mut index, mut age) = (0, 0);
        let itt = u32::from_ne_bytes(itt.to_bytes());
        // SAFETY: The connection is valid, and both numbers can be written.
        unsafe { parse(conn.as_raw(), itt, &raw mut index, &raw mut age) };
        Some((index, age))
    }

    /// The task index in a tag of the transport's own, if it has such.
    #[inline]
    pub fn parse_tag_index(self, conn: &Connection, itt: InitiatorTaskTag) -> Option<c_int> {
        // SAFETY: Valid by the type invariants.
        let parse = unsafe { (*self.0).parse_pdu_itt }?;
        let mut index = 0;
        let itt = u32::from_ne_bytes(itt.to_bytes());
        // SAFETY: The connection is valid, and the number can be written; nobody asks for the age.
        unsafe { parse(conn.as_raw(), itt, &raw mut index, core::ptr::null_mut()) };
        Some(index)
    }

    /// Has the transport check the protection information of a command's data.
    ///
    /// # Errors
    ///
    /// `EOPNOTSUPP` when the transport cannot, though it told the mid-layer that it could.
    #[inline]
    pub fn check_protection(self, task: Task<'_>) -> Result<Option<ProtectionFault>> {
        // SAFETY: Valid by the type invariants.
        let check = unsafe { (*self.0).check_protection }.ok_or(EOPNOTSUPP)?;
        let mut sector = 0;
        // SAFETY: The task is valid and its command not completed, and the number can be written.
        let ascq = unsafe { check(task.as_raw(), &raw mut sector) };
        Ok((ascq != 0).then_some(ProtectionFault { ascq, sector }))
    }
}
