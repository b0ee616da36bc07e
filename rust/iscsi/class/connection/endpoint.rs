// SPDX-License-Identifier: GPL-2.0

//! What connections have to do with endpoints.

use super::Connection;
use crate::class::Endpoint;
use core::ptr::{
    self,
    NonNull, //
};
use iscsi_bindings as bindings;
use kernel::{
    prelude::*,
    sync::{
        aref::ARef,
        lock::{
            mutex::MutexBackend,
            Guard,
            Lock, //
        }, //
    }, //
};

/// Holds the mutex that keeps binding, starting and stopping of a connection apart.
pub struct EndpointGuard<'a> {
    conn: &'a Connection,
    _guard: Guard<'a, (), MutexBackend>,
}

impl Connection {
    /// Takes the mutex that keeps binding, starting and stopping of the connection apart. May sleep.
    #[inline]
    pub fn lock_endpoint(&self) -> EndpointGuard<'_> {
        // SAFETY: The mutex is initialised and valid as long as the connection.
        let lock: &Lock<(), MutexBackend> =
            unsafe { Lock::from_raw(&raw mut (*self.as_raw()).ep_mutex) };
        EndpointGuard {
            conn: self,
            _guard: lock.lock(),
        }
    }

    /// Whether the connection is bound to an endpoint, as seen without the mutex.
    #[inline]
    pub(in crate::class) fn seems_bound_to(&self, endpoint: &Endpoint) -> bool {
        // SAFETY: The field is valid as long as the connection, and read at once.
        let bound = unsafe { (&raw const (*self.as_raw()).ep).read_volatile() };
        ptr::eq(bound, endpoint.as_raw())
    }
}

impl<'a> EndpointGuard<'a> {
    /// The connection.
    #[inline]
    pub fn connection(&self) -> &'a Connection {
        self.conn
    }

    #[inline]
    fn endpoint_field(&self) -> *mut *mut bindings::iscsi_endpoint {
        // SAFETY: The field is valid as long as the connection.
        unsafe { &raw mut (*self.conn.as_raw()).ep }
    }

    /// The endpoint that the connection is bound to.
    #[inline]
    pub fn endpoint(&self) -> Option<&Endpoint> {
        // SAFETY: The mutex, which protects the field, is held.
        let endpoint = NonNull::new(unsafe { *self.endpoint_field() })?;
        // SAFETY: Who destroys the endpoint clears the field first, for which he needs the mutex: see
        // `Endpoint::forget_connection`.
        Some(unsafe { Endpoint::from_raw(endpoint.as_ptr()) })
    }

    /// Binds the connection to an endpoint, and to no other any more.
    ///
    /// # Errors
    ///
    /// `EBUSY` when the endpoint has another connection. Nothing has changed then.
    #[inline]
    pub fn bind(&mut self, endpoint: &Endpoint) -> Result {
        endpoint.set_connection(self.conn)?;
        if !self.conn.seems_bound_to(endpoint) {
            self.release_endpoints();
        }
        // SAFETY: The mutex, which protects the field, is held.
        unsafe { self.endpoint_field().write_volatile(endpoint.as_raw()) };
        Ok(())
    }

    /// Takes the endpoint that is going to be disconnected from the connection, which keeps a reference
    /// to it until user space is done with it.
    #[inline]
    pub fn unbind(&mut self) -> Option<ARef<Endpoint>> {
        let endpoint = ARef::from(self.endpoint()?);
        // SAFETY: The mutex, which protects the fields, is held.
        let before = unsafe {
            self.endpoint_field().write_volatile(ptr::null_mut());
            (*self.conn.part().kept.get()).replace(endpoint.clone())
        };
        // There is one if the driver has bound the connection to another endpoint by itself.
        if let Some(before) = before {
            before.clear_connection(self.conn);
        }
        Some(endpoint)
    }

    /// Notes that user space is done with an endpoint that the kernel has disconnected.
    #[inline]
    pub fn release_kept(&mut self) {
        // SAFETY: The mutex, which protects the field, is held.
        let kept = unsafe { (*self.conn.part().kept.get()).take() };
        if let Some(endpoint) = kept {
            endpoint.clear_connection(self.conn);
        }
    }

    /// Has the connection and its endpoints know nothing of each other any more.
    #[inline]
    pub(in crate::class) fn release_endpoints(&mut self) {
        if let Some(endpoint) = self.endpoint() {
            endpoint.clear_connection(self.conn);
        }
        // SAFETY: The mutex, which protects the field, is held.
        unsafe { self.endpoint_field().write_volatile(ptr::null_mut()) };
        self.release_kept();
    }

    /// Has the connection know nothing of an endpoint that is about to go.
    #[inline]
    pub(in crate::class) fn forget(&mut self, endpoint: &Endpoint) {
        if self.conn.seems_bound_to(endpoint) {
            // SAFETY: The mutex, which protects the field, is held.
            unsafe { self.endpoint_field().write_volatile(ptr::null_mut()) };
        }
    }
}
