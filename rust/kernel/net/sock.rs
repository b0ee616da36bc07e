// SPDX-License-Identifier: GPL-2.0

//! The protocol's side of a socket.
//!
//! C header: [`include/net/sock.h`](srctree/include/net/sock.h)

use super::Skb;
use crate::sync::RwLockBh;
use iscsi_bindings as bindings;
use kernel::{
    error::to_result,
    ffi::{
        c_int,
        c_uint,
        c_void, //
    },
    prelude::*,
    sync::atomic::{
        Atomic,
        Relaxed, //
    },
    types::{
        NotThreadSafe,
        Opaque, //
    }, //
};

/// The network layer's representation of a TCP socket.
///
/// Wraps the kernel's [`struct sock`].
///
/// # Invariants
///
/// The sock is valid as long as the reference lives, and TCP.
///
/// [`struct sock`]: srctree/include/net/sock.h
#[repr(transparent)]
pub struct TcpSock(Opaque<bindings::sock>);

// SAFETY: The methods use fields that are read atomically or under the lock of the sock, and
// functions that any thread may call.
unsafe impl Sync for TcpSock {}

impl TcpSock {
    /// Borrows a C sock.
    ///
    /// # Safety
    ///
    /// `ptr` must point to the `struct sock` of a TCP socket that stays valid for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::sock) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// The C representation.
    #[inline]
    pub(crate) fn as_raw(&self) -> *mut bindings::sock {
        self.0.get()
    }

    /// The lock that protects the callbacks and their user data.
    #[inline]
    pub(super) fn callback_lock(&self) -> &RwLockBh {
        // SAFETY: The lock is initialised with the sock and lives as long.
        unsafe { RwLockBh::from_raw(&raw mut (*self.as_raw()).sk_callback_lock) }
    }

    /// Whether the peer has closed the connection and nothing it sent is left to be read.
    pub fn is_drained_and_closed(&self) -> bool {
        let sk = self.as_raw();
        // SAFETY: The field is valid as long as the sock, and written with single stores.
        let state = unsafe { (&raw const (*sk).__sk_common.skc_state).read_volatile() };
        let closed = matches!(
            u32::from(state),
            bindings::TCP_CLOSE | bindings::TCP_CLOSE_WAIT
        );
        // SAFETY: The field is an `atomic_t`, valid as long as the sock.
        let queued = unsafe { Atomic::from_ptr(&raw mut (*sk).sk_backlog.rmem_alloc.counter) };
        closed && queued.load(Relaxed) == 0
    }

    /// Whether the send queue has room, so that a send that found none failed for want of memory.
    pub fn has_send_room(&self) -> bool {
        // SAFETY: The sock is valid; the function reads two of its counters.
        unsafe { bindings::sk_stream_memory_free(self.as_raw()) }
    }

    /// Makes the sock fail with `EIO` and wakes whoever waits on it, so that a sender blocked in it
    /// returns.
    pub fn fail(&self) {
        let sk = self.as_raw();
        // SAFETY: The field is an `int`, valid as long as the sock; the network reads it with single
        // loads.
        unsafe { Atomic::from_ptr(&raw mut (*sk).sk_err) }
            .store(EIO.to_errno().wrapping_neg(), Relaxed);
        // SAFETY: The sock belongs to an open socket, and so has a wait queue.
        unsafe { bindings::wake_up_sk_sleep(sk) };
    }

    /// Takes ownership of the sock, waiting for its present owner.
    pub fn lock(&self) -> LockedTcpSock<'_> {
        // SAFETY: The sock is valid. Sleeping is allowed wherever safe code of these modules may
        // call this: the callbacks are given a `LockedTcpSock` already.
        unsafe { bindings::lock_sock_nested(self.as_raw(), 0) };
        LockedTcpSock {
            sock: self,
            release: true,
            _not_send: NotThreadSafe,
        }
    }
}

/// A [`TcpSock`] that the current context owns: nobody else reads from it or changes its state.
///
/// # Invariants
///
/// The sock is owned, by `lock_sock()` if `release`, else by the network code below which this
/// context runs.
pub struct LockedTcpSock<'a> {
    sock: &'a TcpSock,
    release: bool,
    _not_send: NotThreadSafe,
}

impl<'a> LockedTcpSock<'a> {
    /// Declares a sock owned.
    ///
    /// # Safety
    ///
    /// The current context must own the sock for `'a`.
    #[inline]
    pub(super) unsafe fn assume_owned(sock: &'a TcpSock) -> Self {
        // INVARIANT: By the requirements of this function.
        Self {
            sock,
            release: false,
            _not_send: NotThreadSafe,
        }
    }

    /// The sock itself.
    #[inline]
    pub fn sock(&self) -> &'a TcpSock {
        self.sock
    }

    /// Whether the peer has sent urgent data, before which [`Self::read_tcp`] stops.
    pub fn has_urgent_data(&self) -> bool {
        // SAFETY: By the type invariants the sock is TCP.
        unsafe { bindings::tcp_has_urgent_data(self.sock.as_raw()) }
    }

    /// Reads from the TCP stream, buffer by buffer, until nothing is left or `consume` takes
    /// nothing.
    ///
    /// `consume` is given a buffer, the offset of the first unread byte in it and the number of
    /// bytes it may take, and returns how many it took.
    ///
    /// # Errors
    ///
    /// `ENOTCONN` when the sock is not connected.
    pub fn read_tcp<F>(&self, mut consume: F) -> Result
    where
        F: FnMut(&Skb<'_>, u32, usize) -> usize,
    {
        let mut desc = bindings::read_descriptor_t {
            written: 0,
            // Not zero: keep going.
            count: 1,
            arg: bindings::read_descriptor_t__bindgen_ty_1 {
                data: (&raw mut consume).cast::<c_void>(),
            },
            error: 0,
        };
        // SAFETY: By the type invariants the sock is TCP and owned; the actor gets `consume` back through
        // `desc`, both of which outlive the call.
        to_result(unsafe {
            bindings::tcp_read_sock(self.sock.as_raw(), &mut desc, Some(Self::actor::<F>))
        })
    }

    /// # Safety
    ///
    /// `desc.arg.data` must point to an `F` that nobody else uses during the call, and `skb` must be
    /// valid for it.
    unsafe extern "C" fn actor<F>(
        desc: *mut bindings::read_descriptor_t,
        skb: *mut bindings::sk_buff,
        offset: c_uint,
        len: usize,
    ) -> c_int
    where
        F: FnMut(&Skb<'_>, u32, usize) -> usize,
    {
        // SAFETY: By the requirements of this function.
        let consume = unsafe { &mut *(*desc).arg.data.cast::<F>() };
        // SAFETY: The caller lends the buffer for the time of this call.
        let skb = unsafe { Skb::from_raw(skb) };
        // Never more than was offered, so it fits: a buffer is smaller than 2 GiB.
        consume(&skb, offset, len).min(len) as c_int
    }
}

impl Drop for LockedTcpSock<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.release {
            // SAFETY: By the type invariants `lock_sock()` was called and not undone.
            unsafe { bindings::release_sock(self.sock.as_raw()) };
        }
    }
}
