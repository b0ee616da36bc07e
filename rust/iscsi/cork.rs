// SPDX-License-Identifier: GPL-2.0

//! Bytes that TCP holds back because others are about to follow.
//!
//! Several PDUs share a segment if all but the last are sent with `MSG_MORE`. Which is the last one is
//! libiscsi's to know: it has the queues, and runs the worker that sends. This crate looks into the
//! queues without their lock, and so may take one PDU for another: what it sees may be withdrawn, held
//! back by a task management request, or not be sent for any other reason that libiscsi, C or Rust, has.
//!
//! Therefore nothing depends on what it saw. Whoever sends with `MSG_MORE` does so with a [`Cork`], which
//! has a work item of the connection queued if the last bytes were such. That pushes them. It is on the
//! same queue as the transmit worker, so it usually runs when that is done; should it run earlier, it
//! pushes too early, and [`Cork`] has queued it again by the time it matters.

use crate::{
    connection::{
        Connection,
        ConnectionPrivate, //
    },
    transport::TcpTransport, //
};
use core::{
    mem::offset_of,
    ptr::NonNull, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::work::Work;
use kernel::{
    ffi::c_ulong,
    static_lock_class,
    types::Opaque, //
};

/// The work item that pushes what TCP holds back.
#[repr(transparent)]
pub(crate) struct PushWork(Opaque<bindings::work_struct>);

impl PushWork {
    /// An item that [`PushWork::init`] has still to be called for.
    #[inline]
    pub(crate) const fn uninit() -> Self {
        Self(Opaque::uninit())
    }

    /// Initialises the item of a connection of transport `T`.
    ///
    /// # Safety
    ///
    /// `this` must be the one in a [`ConnectionPrivate`] that is initialised but for it, and stays where
    /// it is. Nobody else may use it yet.
    #[inline]
    pub(crate) unsafe fn init<T: TcpTransport>(this: *mut Self) {
        // SAFETY: By the requirements of this function. The item is only queued by `Cork`, on a
        // connection that is set up.
        unsafe {
            Work::init(
                this.cast(),
                push::<T>,
                c"iscsi_tcp push",
                static_lock_class!(),
            );
        }
    }

    #[inline]
    fn work(&self) -> &Work {
        // SAFETY: `init` was called before the connection was used.
        unsafe { Work::from_raw(self.0.get()) }
    }

    /// Waits until nothing is pushed and nothing about to be. May sleep.
    ///
    /// The transmit worker must be suspended.
    #[inline]
    pub(crate) fn flush(&self) {
        self.work().flush();
    }
}

/// # Safety
///
/// `work` must be the [`PushWork`] of a connection of transport `T` that is set up.
unsafe extern "C" fn push<T: TcpTransport>(work: *mut bindings::work_struct) {
    // SAFETY: By the requirements of this function. The item is flushed before the connection is freed.
    let private: &ConnectionPrivate<T> =
        unsafe { &*work.byte_sub(offset_of!(ConnectionPrivate<T>, push)).cast() };
    if let Some(bound) = private.socket() {
        bound.socket().push();
    }
}

impl<T: TcpTransport> Connection<T> {
    /// Whether the transmit worker seems to have another PDU to send at once.
    #[inline]
    pub fn has_more_to_send(&self) -> bool {
        const SUSPENDED: c_ulong = 1 << bindings::ISCSI_CONN_FLAG_SUSPEND_TX;
        let conn = self.as_raw();
        // SAFETY: The field is a bitmap of one word, valid as long as the connection.
        let flags = unsafe { (&raw const (*conn).flags).read_volatile() };
        if flags & SUSPENDED != 0 {
            return false;
        }
        // SAFETY: The heads are part of the connection.
        let queues = unsafe {
            [
                &raw const (*conn).cmdqueue,
                &raw const (*conn).requeue,
                &raw const (*conn).mgmtqueue,
            ]
        };
        queues.iter().any(|head| {
            // SAFETY: The field is a pointer, valid as long as the connection, and nothing is done with
            // it but to compare it.
            let first = unsafe { (&raw const (**head).next).read_volatile() };
            !core::ptr::eq(first, *head)
        })
    }

    /// Begins to send with `MSG_MORE`, possibly.
    #[inline]
    pub fn cork(&self) -> Cork<'_, T> {
        Cork {
            conn: self,
            holds: false,
        }
    }
}

/// Knows whether TCP may hold bytes back, and has them pushed when it is dropped.
#[must_use = "bytes that TCP holds back are pushed when this is dropped"]
pub struct Cork<'a, T: TcpTransport> {
    conn: &'a Connection<T>,
    holds: bool,
}

impl<T: TcpTransport> Cork<'_, T> {
    /// Notes that bytes were sent, with or without `MSG_MORE`.
    #[inline]
    pub fn note(&mut self, more: bool) {
        self.holds = more;
    }
}

impl<T: TcpTransport> Drop for Cork<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if !self.holds {
            return;
        }
        // SAFETY: The host is valid as long as the connection, and its private area begins with a
        // `struct iscsi_host`, as libiscsi has allocated it.
        let queue = unsafe {
            let host = (*self.conn.session().as_raw()).host;
            let part: *const bindings::iscsi_host = (&raw const (*host).hostdata).cast();
            (*part).workq
        };
        if let Some(queue) = NonNull::new(queue) {
            // SAFETY: The queue is destroyed with the host, after its connections are.
            unsafe { self.conn.private().push.work().queue_on(queue) };
        }
    }
}
