// SPDX-License-Identifier: GPL-2.0

//! Endpoints.

use super::super::{
    Endpoint,
    Host,
    Transport, //
};
use core::ptr;
use iscsi_bindings as bindings;
use kernel::{
    error::from_err_ptr,
    ffi::c_int,
    prelude::*,
    sync::aref::ARef, //
};

/// The address of a target.
///
/// As long as any address of a socket may be, for transports read what its family says, and zero where
/// user space has said nothing.
#[repr(transparent)]
pub struct Address(bindings::__kernel_sockaddr_storage);

impl Address {
    /// The address at the start of `bytes`.
    pub fn new(bytes: &[u8]) -> Self {
        let mut storage = bindings::__kernel_sockaddr_storage::default();
        let len = bytes.len().min(size_of_val(&storage));
        // SAFETY: There are as many bytes on both sides, and an address is made of any.
        unsafe {
            ptr::copy_nonoverlapping(bytes.as_ptr(), (&raw mut storage).cast::<u8>(), len);
        }
        Self(storage)
    }

    pub(super) fn as_raw(&mut self) -> *mut bindings::sockaddr {
        (&raw mut self.0).cast()
    }
}

impl Transport {
    /// Connects to a target, through a given host if there is one.
    ///
    /// # Errors
    ///
    /// What the transport says; `EINVAL` when it cannot; `ENOMEM` when it returns nothing.
    pub fn connect(
        &self,
        host: Option<&Host>,
        address: &mut Address,
        non_blocking: bool,
    ) -> Result<ARef<Endpoint>> {
        let connect = self.table().ep_connect.ok_or(EINVAL)?;
        let host = host.map_or(ptr::null_mut(), Host::as_raw);
        // SAFETY: The host is null or valid, the address as long as any.
        let endpoint = unsafe { connect(host, address.as_raw(), c_int::from(non_blocking)) };
        let endpoint = from_err_ptr(endpoint)?;
        if endpoint.is_null() {
            return Err(ENOMEM);
        }
        // SAFETY: An endpoint that the class has made for the transport, which nobody disconnects
        // while a command of the transport runs.
        let endpoint = unsafe { Endpoint::from_raw(endpoint) };
        endpoint.set_transport(self);
        Ok(ARef::from(endpoint))
    }

    /// Waits until an endpoint is connected. Returns what the transport says: 1 when it is, 0 when
    /// it is not yet, or a negative error number.
    ///
    /// # Errors
    ///
    /// `EINVAL` when it cannot.
    pub fn poll(&self, endpoint: &Endpoint, timeout_ms: i32) -> Result<c_int> {
        let poll = self.table().ep_poll.ok_or(EINVAL)?;
        // SAFETY: The endpoint is valid.
        Ok(unsafe { poll(endpoint.as_raw(), timeout_ms) })
    }
}
