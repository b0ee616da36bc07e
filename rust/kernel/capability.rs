// SPDX-License-Identifier: GPL-2.0

//! What the current process may do.
//!
//! C header: [`include/linux/capability.h`](srctree/include/linux/capability.h)

use iscsi_bindings as bindings;
use kernel::ffi::c_int;

/// A right that processes have or do not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability(c_int);

impl Capability {
    /// The administration of the system (`CAP_SYS_ADMIN`).
    pub const SYS_ADMIN: Self = Self(bindings::CAP_SYS_ADMIN as c_int);

    /// Whether the current process has it in the initial user namespace, and notes that it has used
    /// it. For process context.
    #[inline]
    pub fn is_held(self) -> bool {
        // SAFETY: Takes any of the capabilities, which all `Self` are.
        unsafe { bindings::capable(self.0) }
    }
}
