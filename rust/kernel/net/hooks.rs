// SPDX-License-Identifier: GPL-2.0

//! Hearing of a socket's events instead of its user-space owner.
//!
//! C header: [`include/net/sock.h`](srctree/include/net/sock.h)

use super::{
    LockedTcpSock,
    TcpSock,
    TcpSocket, //
};
use core::{
    cell::UnsafeCell,
    ptr, //
};
use iscsi_bindings as bindings;
use kernel::{
    ffi::c_void,
    prelude::*,
    sync::{
        Arc,
        ArcBorrow, //
    }, //
};

/// What a kernel user does on the events of its socket.
///
/// All of them run with the callback lock of the sock held for reading, and so in atomic context
/// with bottom halves off; [`HookedSocket::detach`] waits until they are over.
pub trait SockHooks: Send + Sync {
    /// Bytes, or the end of the stream, have arrived.
    fn data_ready(&self, sock: &LockedTcpSock<'_>);

    /// The state of the connection has changed.
    fn state_change(&self, sock: &TcpSock);

    /// There is room in the send queue again.
    fn write_space(&self, sock: &TcpSock);
}

type Callback = Option<unsafe extern "C" fn(*mut bindings::sock)>;

/// The callbacks that were there before.
#[derive(Clone, Copy, Default)]
struct Previous {
    data_ready: Callback,
    state_change: Callback,
    write_space: Callback,
}

/// A socket whose events go to `hooks`, from [`HookedSocket::attach`] to
/// [`HookedSocket::detach`].
///
/// # Invariants
///
/// - `sk_user_data` of the sock points to this instance exactly while it is attached, and its three
///   callbacks are then those of this type.
/// - `previous` is written with the callback lock held for writing and read with it held.
pub struct HookedSocket<T: SockHooks> {
    previous: UnsafeCell<Previous>,
    hooks: T,
    socket: TcpSocket,
}

// SAFETY: `previous` is protected by the callback lock; the rest is `Send`.
unsafe impl<T: SockHooks> Send for HookedSocket<T> {}
// SAFETY: `previous` is protected by the callback lock; the rest is `Sync`.
unsafe impl<T: SockHooks> Sync for HookedSocket<T> {}

impl<T: SockHooks> HookedSocket<T> {
    /// Prepares to hook `socket`. Nothing changes for the socket yet.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub fn new(socket: TcpSocket, hooks: T, flags: kernel::alloc::Flags) -> Result<Arc<Self>> {
        // INVARIANT: Not attached.
        Ok(Arc::new(
            Self {
                previous: UnsafeCell::new(Previous::default()),
                hooks,
                socket,
            },
            flags,
        )?)
    }

    /// The socket.
    #[inline]
    pub fn socket(&self) -> &TcpSocket {
        &self.socket
    }

    /// Starts to receive the events of the socket.
    ///
    /// # Errors
    ///
    /// `EBUSY` when another kernel user has the socket.
    pub fn attach(self: ArcBorrow<'_, Self>) -> Result {
        let sk = self.socket.sock().as_raw();
        let this: *const Self = &raw const *self;
        let _guard = self.socket.sock().callback_lock().write();
        // SAFETY: The callback lock, which protects these fields and `previous`, is held for
        // writing. The pointer stored in the sock stays valid: `drop` detaches.
        // INVARIANT: User data and callbacks change together.
        unsafe {
            if !(*sk).sk_user_data.is_null() {
                return Err(EBUSY);
            }
            *self.previous.get() = Previous {
                data_ready: (*sk).sk_data_ready,
                state_change: (*sk).sk_state_change,
                write_space: (*sk).sk_write_space,
            };
            (*sk).sk_user_data = this.cast::<c_void>().cast_mut();
            (*sk).sk_data_ready = Some(Self::data_ready);
            (*sk).sk_state_change = Some(Self::state_change);
            (*sk).sk_write_space = Some(Self::write_space);
        }
        Ok(())
    }

    /// Gives the socket its previous callbacks back. No hook runs any more on return. Returns
    /// whether it was attached.
    pub fn detach(&self) -> bool {
        let sk = self.socket.sock().as_raw();
        let this: *const Self = self;
        let _guard = self.socket.sock().callback_lock().write();
        // SAFETY: The callback lock, which protects these fields and `previous`, is held for
        // writing.
        // INVARIANT: User data and callbacks change together.
        unsafe {
            if !ptr::eq((*sk).sk_user_data.cast(), this) {
                return false;
            }
            let previous = *self.previous.get();
            (*sk).sk_user_data = ptr::null_mut();
            (*sk).sk_data_ready = previous.data_ready;
            (*sk).sk_state_change = previous.state_change;
            (*sk).sk_write_space = previous.write_space;
        }
        true
    }

    /// Runs `f` on the instance a sock is attached to, if it still is, with the callback lock held.
    ///
    /// # Safety
    ///
    /// `sk` must be valid, and its callbacks must have been those of this type.
    #[inline]
    unsafe fn with_attached(sk: *mut bindings::sock, f: impl FnOnce(&Self, &TcpSock)) {
        // SAFETY: The network calls its callbacks on valid socks only.
        let sock = unsafe { TcpSock::from_raw(sk) };
        let _guard = sock.callback_lock().read();
        // SAFETY: The callback lock, which protects the field, is held for reading.
        let this: *const Self = unsafe { (*sk).sk_user_data }.cast();
        // SAFETY: By the type invariants a pointer that is not null is an attached instance, which
        // cannot be detached, and so not dropped, before the callback lock is released.
        if let Some(this) = unsafe { this.as_ref() } {
            f(this, sock);
        }
    }

    /// The callbacks from before, for one that passes an event on.
    ///
    /// # Safety
    ///
    /// The callback lock of the sock must be held.
    #[inline]
    unsafe fn previous(&self) -> Previous {
        // SAFETY: The lock that protects it is held, by the requirements of this function.
        unsafe { *self.previous.get() }
    }

    /// # Safety
    ///
    /// For the network alone: `sk` is valid and owned.
    unsafe extern "C" fn data_ready(sk: *mut bindings::sock) {
        // SAFETY: `sk` is valid by the requirements of this function.
        unsafe { bindings::trace_sk_data_ready(sk) };
        // SAFETY: This callback is one of this type, on a valid sock.
        unsafe {
            Self::with_attached(sk, |this, sock| {
                // TCP announces data from its receive path, which owns the sock.
                this.hooks.data_ready(&LockedTcpSock::assume_owned(sock));
            })
        };
    }

    /// # Safety
    ///
    /// For the network alone: `sk` is valid.
    unsafe extern "C" fn state_change(sk: *mut bindings::sock) {
        // SAFETY: This callback is one of this type, on a valid sock; the callback lock is held
        // inside.
        unsafe {
            Self::with_attached(sk, |this, sock| {
                this.hooks.state_change(sock);
                if let Some(previous) = this.previous().state_change {
                    previous(sk);
                }
            })
        };
    }

    /// # Safety
    ///
    /// For the network alone: `sk` is valid.
    unsafe extern "C" fn write_space(sk: *mut bindings::sock) {
        // SAFETY: This callback is one of this type, on a valid sock; the callback lock is held
        // inside.
        unsafe {
            Self::with_attached(sk, |this, sock| {
                if let Some(previous) = this.previous().write_space {
                    previous(sk);
                }
                this.hooks.write_space(sock);
            })
        };
    }
}

impl<T: SockHooks> Drop for HookedSocket<T> {
    fn drop(&mut self) {
        self.detach();
    }
}
