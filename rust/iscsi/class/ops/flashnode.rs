// SPDX-License-Identifier: GPL-2.0

//! Flashnodes.

use super::{
    super::{
        FlashConnection,
        FlashSession,
        Host,
        Transport, //
    },
    done, //
};
use iscsi_kernel::compat::code::ENOSYS;
use kernel::{
    ffi::c_int,
    prelude::*, //
};

impl Transport {
    /// Makes a flashnode of what user space says, which only the transport understands. Returns its
    /// index.
    ///
    /// # Errors
    ///
    /// `EIO` when the transport makes none; `ENOSYS` when it never does.
    pub fn new_flashnode(&self, host: &Host, data: &[u8]) -> Result<u32> {
        let new = self.table().new_flashnode.ok_or(ENOSYS)?;
        let len = c_int::try_from(data.len()).map_err(|_| EINVAL)?;
        // SAFETY: The host is valid, and there are as many bytes as the transport is told.
        let index = unsafe { new(host.as_raw(), data.as_ptr().cast(), len) };
        u32::try_from(index).map_err(|_| EIO)
    }

    /// Sets parameters of a flashnode: netlink attributes, which the transport checks.
    ///
    /// # Errors
    ///
    /// What the transport says; `ENOSYS` when it cannot.
    pub fn set_flashnode_params(
        &self,
        session: &FlashSession,
        conn: &FlashConnection,
        attributes: &mut [u8],
    ) -> Result {
        let set = self.table().set_flashnode_param.ok_or(ENOSYS)?;
        let len = c_int::try_from(attributes.len()).map_err(|_| EINVAL)?;
        let attributes = attributes.as_mut_ptr().cast();
        // SAFETY: Both are valid, and there are as many bytes as the transport is told.
        done(unsafe { set(session.as_raw(), conn.as_raw(), attributes, len) })
    }

    /// Deletes a flashnode.
    ///
    /// # Errors
    ///
    /// What the transport says; `ENOSYS` when it cannot.
    pub fn delete_flashnode(&self, session: &FlashSession) -> Result {
        let delete = self.table().del_flashnode.ok_or(ENOSYS)?;
        // SAFETY: The session is valid.
        done(unsafe { delete(session.as_raw()) })
    }

    /// Logs in to a flashnode.
    ///
    /// # Errors
    ///
    /// What the transport says; `ENOSYS` when it cannot.
    pub fn login_flashnode(&self, session: &FlashSession, conn: &FlashConnection) -> Result {
        let login = self.table().login_flashnode.ok_or(ENOSYS)?;
        // SAFETY: Both are valid.
        done(unsafe { login(session.as_raw(), conn.as_raw()) })
    }

    /// Logs out of a flashnode.
    ///
    /// # Errors
    ///
    /// What the transport says; `ENOSYS` when it cannot.
    pub fn logout_flashnode(&self, session: &FlashSession, conn: &FlashConnection) -> Result {
        let logout = self.table().logout_flashnode.ok_or(ENOSYS)?;
        // SAFETY: Both are valid.
        done(unsafe { logout(session.as_raw(), conn.as_raw()) })
    }
}
