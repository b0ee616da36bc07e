// SPDX-License-Identifier: GPL-2.0

//! SCSI targets, each of which is a session.
//!
//! C header: [`include/scsi/scsi_device.h`](srctree/include/scsi/scsi_device.h), `struct scsi_target`

use iscsi_bindings as bindings;
use kernel::{
    container_of,
    ffi::c_uint,
    types::Opaque, //
};

/// A target that the mid-layer has just allocated below a session.
///
/// # Invariants
///
/// The target is valid, and the parent of its device is that of a session that is set up.
#[repr(transparent)]
pub struct Target(Opaque<bindings::scsi_target>);

impl Target {
    /// Borrows a C target.
    ///
    /// # Safety
    ///
    /// The type invariants must hold for `'a`, and nobody else know the target yet.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::scsi_target) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        // INVARIANT: By the requirements of this function.
        unsafe { &*ptr.cast() }
    }

    /// How many SCSI commands the session takes at a time.
    #[inline]
    pub fn session_commands(&self) -> u32 {
        // SAFETY: By the type invariants; the field is written when the session is set up.
        let count = unsafe {
            let cls = container_of!((*self.0.get()).dev.parent, bindings::iscsi_cls_session, dev);
            (*(*cls).dd_data.cast::<bindings::iscsi_session>()).scsi_cmds_max
        };
        u32::try_from(count).unwrap_or(0)
    }

    /// Has the mid-layer give the target no more than `count` commands at a time.
    #[inline]
    pub fn limit_commands(&self, count: u32) {
        // SAFETY: By the type invariants; nobody reads the field yet.
        unsafe { (*self.0.get()).can_queue = count as c_uint };
    }
}
