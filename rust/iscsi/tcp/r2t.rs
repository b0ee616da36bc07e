// SPDX-License-Identifier: GPL-2.0

//! The R2Ts of a task that wait for their data to be sent.
//!
//! Every task of a session has a ring of as many as the target may have outstanding, twice over, for
//! the target may send the next ones before the worker gets to give back the places of those it has
//! served. The rings of all tasks are one allocation.

use core::{
    alloc::Layout,
    ptr::{
        self,
        NonNull, //
    }, //
};
use iscsi_bindings as bindings;
use iscsi_proto::r2t;
use kernel::{
    alloc::{
        allocator::KVmalloc,
        flags::{
            __GFP_NOWARN,
            __GFP_ZERO, //
        },
        Allocator,
        NumaNode, //
    },
    prelude::*,
    sync::atomic::{
        ordering::{
            Acquire,
            Relaxed,
            Release, //
        },
        Atomic, //
    }, //
};

/// The ring of a task, in the place where C has a pool.
///
/// The receive context pushes, the transmit context pops. Neither runs when the task is cleaned up,
/// as both hold a reference to it.
///
/// # Invariants
///
/// `slots` is null with `room` zero, or points to `room` slots, a power of two. `pushed - popped` is
/// at most `room`; the slots between them belong to the transmit context, the others to the receive
/// context.
#[repr(C)]
pub(super) struct R2tRing {
    slots: *mut bindings::iscsi_r2t_info,
    room: u32,
    pushed: Atomic<u32>,
    popped: Atomic<u32>,
}

const _: () = assert!(
    size_of::<R2tRing>() <= size_of::<bindings::iscsi_pool>()
        && align_of::<R2tRing>() <= align_of::<bindings::iscsi_pool>()
);

impl R2tRing {
    /// The ring of a task.
    ///
    /// # Safety
    ///
    /// `task` must be a part of libiscsi_tcp behind a task, zeroed when the session was set up, that
    /// is not freed for `'a`.
    #[inline]
    pub(super) unsafe fn of<'a>(task: *mut bindings::iscsi_tcp_task) -> &'a Self {
        // SAFETY: By the requirements of this function. The ring fits, as asserted above, and zeroes
        // are a ring without room.
        unsafe { &*(&raw mut (*task).r2tpool).cast() }
    }

    /// Gives the ring its slots, and forgets what it had.
    ///
    /// # Safety
    ///
    /// `task` as for [`R2tRing::of`]; nobody may use the ring meanwhile. `slots` must point to `room`
    /// slots, a power of two, that live until the next call, or be null with `room` zero.
    #[inline]
    pub(super) unsafe fn reset(
        task: *mut bindings::iscsi_tcp_task,
        slots: *mut bindings::iscsi_r2t_info,
        room: u32,
    ) {
        // SAFETY: By the requirements of this function.
        // INVARIANT: By the requirements of this function; all slots are free.
        unsafe {
            (*task).r2t = ptr::null_mut();
            (&raw mut (*task).r2tpool).cast::<Self>().write(Self {
                slots,
                room,
                pushed: Atomic::new(0),
                popped: Atomic::new(0),
            });
        }
    }

    #[inline]
    pub(super) fn slots(&self) -> *mut bindings::iscsi_r2t_info {
        self.slots
    }

    /// The slot for number `count`. The ring must have room.
    #[inline]
    fn slot(&self, count: u32) -> *mut bindings::iscsi_r2t_info {
        // By the type invariants `room` is a power of two, so the index is below it.
        let index = count & self.room.wrapping_sub(1);
        self.slots.wrapping_add(index as usize)
    }

    /// Adds an R2T; false when there is no room.
    ///
    /// # Safety
    ///
    /// Must be called in the receive context of the task's connection.
    #[inline]
    pub(super) unsafe fn push(&self, r2t: &r2t::R2t, ttt: [u8; 4], stat_sn: [u8; 4]) -> bool {
        let pushed = self.pushed.load(Relaxed);
        if pushed.wrapping_sub(self.popped.load(Acquire)) >= self.room {
            return false;
        }
        let info = bindings::iscsi_r2t_info {
            ttt: u32::from_ne_bytes(ttt),
            exp_statsn: u32::from_ne_bytes(stat_sn),
            data_length: r2t.desired_len,
            data_offset: r2t.buffer_offset,
            ..Default::default()
        };
        // SAFETY: By the type invariants the slot exists, and belongs to this context.
        unsafe { self.slot(pushed).write(info) };
        // INVARIANT: There was room; the slot now belongs to the transmit context.
        self.pushed.store(pushed.wrapping_add(1), Release);
        true
    }

    /// The oldest R2T, if there is any.
    ///
    /// # Safety
    ///
    /// Must be called in the transmit context of the task's connection.
    #[inline]
    pub(super) unsafe fn front(&self) -> Option<*mut bindings::iscsi_r2t_info> {
        let popped = self.popped.load(Relaxed);
        (self.pushed.load(Acquire) != popped).then(|| self.slot(popped))
    }

    /// Drops the oldest R2T.
    ///
    /// # Safety
    ///
    /// Must be called in the transmit context of the task's connection, and only if there is one.
    #[inline]
    pub(super) unsafe fn pop(&self) {
        // INVARIANT: The slot goes back to the receive context.
        self.popped
            .store(self.popped.load(Relaxed).wrapping_add(1), Release);
    }

    /// Drops all R2Ts.
    ///
    /// # Safety
    ///
    /// `task` as for [`R2tRing::of`]; nobody may use its ring meanwhile.
    #[inline]
    pub(super) unsafe fn clear(task: *mut bindings::iscsi_tcp_task) {
        // SAFETY: By the requirements of this function.
        let ring = unsafe { Self::of(task) };
        // INVARIANT: All slots are free.
        ring.popped.store(ring.pushed.load(Relaxed), Relaxed);
        // SAFETY: By the requirements of this function.
        unsafe { (*task).r2t = ptr::null_mut() };
    }
}

/// An R2T whose data is being sent, or the data that is sent without one.
///
/// # Invariants
///
/// The pointer is valid for `'a`, and belongs to the transmit context.
pub struct R2t<'a> {
    info: &'a mut bindings::iscsi_r2t_info,
}

impl<'a> R2t<'a> {
    #[inline]
    pub(super) fn new(info: &'a mut bindings::iscsi_r2t_info) -> Self {
        Self { info }
    }

    #[inline]
    pub(super) fn as_raw(&mut self) -> *mut bindings::iscsi_r2t_info {
        self.info
    }

    #[inline]
    fn sent(&self) -> u32 {
        self.info.sent as u32
    }

    /// Whether Data-Out PDUs for all of it were prepared.
    #[inline]
    pub(super) fn is_served(&self) -> bool {
        self.info.data_length <= self.sent()
    }

    /// The number of bytes in the Data-Out PDU that was prepared last.
    #[inline]
    pub fn pdu_len(&self) -> u32 {
        self.info.data_count as u32
    }

    /// Where the next Data-Out PDU begins in the data of the command, in bytes.
    #[inline]
    pub fn next_offset(&self) -> u32 {
        self.info.data_offset.wrapping_add(self.sent())
    }

    /// Counts the Data-Out PDU that was prepared last as handed on.
    #[inline]
    pub fn count_pdu(&mut self) {
        self.info.sent = self.info.sent.wrapping_add(self.info.data_count);
    }
}

/// Allocates zeroed slots for all rings of a session.
///
/// # Errors
///
/// `ENOMEM`, also for a number that no memory has room for.
pub(super) fn allocate_slots(rings: usize, room: u32) -> Result<*mut bindings::iscsi_r2t_info> {
    let count = rings.checked_mul(room as usize).ok_or(ENOMEM)?;
    let layout = Layout::array::<bindings::iscsi_r2t_info>(count).map_err(|_| ENOMEM)?;
    // User space may ask for more than there is, and is told.
    let flags = GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN;
    let slots = KVmalloc::alloc(layout, flags, NumaNode::NO_NODE)?;
    Ok(slots.as_ptr().cast())
}

/// Frees what [`allocate_slots`] returned, or nothing if that is null.
///
/// # Safety
///
/// No ring may use the slots any more.
pub(super) unsafe fn free_slots(slots: *mut bindings::iscsi_r2t_info) {
    if let Some(slots) = NonNull::new(slots.cast()) {
        // SAFETY: By the requirements of this function. The allocator knows the size itself.
        unsafe { KVmalloc::free(slots, Layout::new::<bindings::iscsi_r2t_info>()) };
    }
}
