// SPDX-License-Identifier: GPL-2.0

//! TcpSocket options of a storage connection.
//!
//! C header: [`include/net/sock.h`](srctree/include/net/sock.h)

use super::{
    LockedTcpSock,
    TcpSocket, //
};
use iscsi_bindings as bindings;
use kernel::{
    ffi::{
        c_long,
        c_uchar,
        c_ulong, //
    },
    time::{
        msecs_to_jiffies,
        Msecs, //
    }, //
};

/// How long a blocking send waits for room.
const SEND_TIMEOUT_MS: Msecs = 15_000;

const LINGER: c_ulong = 1 << bindings::sock_flags_SOCK_LINGER;
const MEMALLOC: c_ulong = 1 << bindings::sock_flags_SOCK_MEMALLOC;

/// The options a socket had before [`StorageOptions::apply`] made it fit to carry storage.
///
/// Such a socket allocates without sleeping and from the reserves, so that a write which frees
/// memory can be sent when there is none; its sends give up after 15 seconds; and its local address
/// may be used again at once. The descriptor stays with user space, which gets the socket back as it
/// was by [`StorageOptions::restore`].
///
/// One option stays: closing the socket resets the connection. What is left in its send queue is
/// data of commands that are sent again elsewhere, and must not reach the target after that.
pub struct StorageOptions {
    reuse: c_uchar,
    send_timeout: c_long,
    allocation: bindings::gfp_t,
    use_task_frag: bool,
    memalloc: bool,
}

impl StorageOptions {
    /// Sets the options and returns the previous ones.
    pub fn apply(socket: &TcpSocket) -> Self {
        let locked = socket.sock().lock();
        let sk = locked.sock().as_raw();
        let flags = sk_flags(&locked);
        // SAFETY: The sock is owned, which is what protects these fields.
        unsafe {
            let previous = Self {
                reuse: bindings::sock_common::skc_reuse_raw(&raw const (*sk).__sk_common),
                send_timeout: (*sk).sk_sndtimeo,
                allocation: (*sk).sk_allocation,
                use_task_frag: (*sk).sk_use_task_frag,
                memalloc: *flags & MEMALLOC != 0,
            };
            bindings::sock_common::set_skc_reuse_raw(
                &raw mut (*sk).__sk_common,
                bindings::SK_CAN_REUSE as c_uchar,
            );
            (&raw mut (*sk).sk_sndtimeo)
                .write_volatile(msecs_to_jiffies(SEND_TIMEOUT_MS) as c_long);
            (*sk).sk_allocation = bindings::GFP_ATOMIC;
            (*sk).sk_use_task_frag = false;
            // To linger for no time at all is to reset.
            (&raw mut (*sk).sk_lingertime).write_volatile(0);
            *flags |= LINGER;
            if !previous.memalloc {
                bindings::sk_set_memalloc(sk);
            }
            previous
        }
    }

    /// Gives the socket its previous options back.
    pub fn restore(&self, socket: &TcpSocket) {
        let locked = socket.sock().lock();
        let sk = locked.sock().as_raw();
        // SAFETY: The sock is owned, which is what protects these fields.
        unsafe {
            if !self.memalloc {
                bindings::sk_clear_memalloc(sk);
            }
            bindings::sock_common::set_skc_reuse_raw(&raw mut (*sk).__sk_common, self.reuse);
            (&raw mut (*sk).sk_sndtimeo).write_volatile(self.send_timeout);
            (*sk).sk_allocation = self.allocation;
            (*sk).sk_use_task_frag = self.use_task_frag;
        }
    }
}

/// `sk_flags`, a union member in `struct sock_common` with a shorter name in C.
#[inline]
fn sk_flags(locked: &LockedTcpSock<'_>) -> *mut c_ulong {
    // SAFETY: Only the address is taken, within a valid sock.
    unsafe {
        &raw mut (*locked.sock().as_raw())
            .__sk_common
            .__bindgen_anon_5
            .skc_flags
    }
}
