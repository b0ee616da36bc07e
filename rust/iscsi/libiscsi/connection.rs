// SPDX-License-Identifier: GPL-2.0

//! Connections.
//!
//! C header: [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h), `struct iscsi_conn`

use super::{
    Back,
    DataOutQueue,
    Frwd,
    Queue,
    Session,
    Task,
    TaskRef, //
};
use crate::{
    error::{
        ConnectionError,
        ErrorCode, //
    },
    stats::count_one, //
};
use core::ptr::NonNull;
use iscsi_bindings as bindings;
use iscsi_kernel::{
    time::{
        jiffies,
        seconds, //
    },
    timer::Timer,
    work::Work, //
};
use iscsi_proto::{
    answer::Progress,
    bhs::{
        Bhs,
        Header, //
    },
    connection::{
        ConnectionStage,
        StopStage, //
    },
    pdu::BHS_LEN,
    ping::PingTimes,
    serial::SerialNumber, //
};
use kernel::{
    device::Device,
    ffi::{
        c_int,
        c_ulong, //
    },
    sync::atomic::{
        Atomic,
        Relaxed, //
    },
    time::Jiffies,
    types::Opaque, //
};

// The rules count ticks in 64 bits.
const _: () = assert!(size_of::<Jiffies>() == size_of::<u64>());

/// Length of the buffer for the data of login and text requests and of responses, in bytes.
pub const RESPONSE_MAX_LEN: u32 = bindings::ISCSI_DEF_MAX_RECV_SEG_LEN;

/// A connection of a session.
///
/// Wraps the kernel's [`struct iscsi_conn`].
///
/// # Invariants
///
/// The C object is set up, and is not freed as long as the reference lives; nor is its session.
///
/// [`struct iscsi_conn`]: srctree/include/scsi/libiscsi.h
#[repr(transparent)]
pub struct Connection(Opaque<bindings::iscsi_conn>);

// SAFETY: Everything that changes is behind locks or read as a whole.
unsafe impl Sync for Connection {}

/// Defines functions that count PDUs.
macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident = $field:ident under $lock:ident;)+) => {
        impl Connection {
            $(
                $(#[$doc])*
                #[inline]
                pub fn $name(&self, _lock: &$lock<'_>) {
                    // SAFETY: The field is a word, valid as long as the connection; only who holds
                    // the lock writes to it.
                    // CAST: One of the counters is signed, of the same size.
                    unsafe { count_one((&raw mut (*self.as_raw()).$field).cast()) };
                }
            )+
        }
    };
}

counters! {
    /// Counts a SCSI command that is sent.
    count_command = scsicmd_pdus_cnt under Frwd;
    /// Counts a task management request that is sent.
    count_task_management = tmfcmd_pdus_cnt under Frwd;
    /// Counts a command that is to be aborted.
    count_abort = eh_abort_cnt under Frwd;
    /// Counts the end of a SCSI command.
    count_response = scsirsp_pdus_cnt under Back;
    /// Counts an answer to a task management request.
    count_task_management_response = tmfrsp_pdus_cnt under Back;
}

impl Connection {
    /// Borrows a C connection.
    ///
    /// # Safety
    ///
    /// `ptr` must point to a connection that is set up and not freed for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::iscsi_conn) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// Borrows the connection behind an object of the class.
    ///
    /// # Safety
    ///
    /// `cls` must point to a connection that is set up and not freed for `'a`.
    #[inline]
    pub unsafe fn from_cls<'a>(cls: *mut bindings::iscsi_cls_conn) -> &'a Self {
        // SAFETY: By the requirements of this function.
        unsafe { Self::from_raw((*cls).dd_data.cast()) }
    }

    #[inline]
    pub(crate) fn as_raw(&self) -> *mut bindings::iscsi_conn {
        self.0.get()
    }

    /// The object of the class.
    #[inline]
    pub(crate) fn cls(&self) -> *mut bindings::iscsi_cls_conn {
        // SAFETY: Written once, when the connection is set up.
        unsafe { (*self.as_raw()).cls_conn }
    }

    /// The device, for messages.
    #[inline]
    pub fn as_dev(&self) -> &Device {
        // SAFETY: The device is part of the object of the class, which lives as long.
        unsafe { Device::from_raw(&raw mut (*self.cls()).dev) }
    }

    /// The session of the connection.
    #[inline]
    pub fn session(&self) -> &Session {
        // SAFETY: Written once, when the connection is set up; the session lives longer.
        unsafe { Session::from_raw((*self.as_raw()).session) }
    }

    /// Whether this is the same connection as `other`.
    #[inline]
    pub fn is(&self, other: &Self) -> bool {
        core::ptr::eq(self, other)
    }

    /// Keeps the connection's memory as long as the result lives.
    #[inline]
    pub fn get(&self) -> ConnectionRef<'_> {
        // SAFETY: The object of the class is valid. INVARIANT: The reference is the instance's.
        unsafe { bindings::iscsi_get_conn(self.cls()) };
        ConnectionRef(self)
    }
}

/// A reference to the memory of a connection.
///
/// # Invariants
///
/// The instance owns a reference to the object of the class.
pub struct ConnectionRef<'a>(&'a Connection);

impl core::ops::Deref for ConnectionRef<'_> {
    type Target = Connection;

    #[inline]
    fn deref(&self) -> &Connection {
        self.0
    }
}

impl Drop for ConnectionRef<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { bindings::iscsi_put_conn(self.0.cls()) };
    }
}

/// Whether something may be done on a connection: bits of `iscsi_conn.flags`.
#[derive(Clone, Copy)]
enum Flag {
    /// Nothing may be sent.
    TransmitSuspended = bindings::ISCSI_CONN_FLAG_SUSPEND_TX as isize,
    /// Nothing may be received.
    ReceiveSuspended = bindings::ISCSI_CONN_FLAG_SUSPEND_RX as isize,
    /// The transport has a way to the target.
    Bound = bindings::ISCSI_CONN_FLAG_BOUND as isize,
}

impl Connection {
    #[inline]
    fn has(&self, flag: Flag) -> bool {
        // SAFETY: The field is a bitmap of one word, valid as long as the connection.
        let flags = unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).flags) };
        flags.load(Relaxed) & ((1 as c_ulong) << flag as u32) != 0
    }

    #[inline]
    fn set(&self, flag: Flag) {
        // SAFETY: As in `has`.
        unsafe { bindings::set_bit(flag as c_ulong, &raw mut (*self.as_raw()).flags) };
    }

    #[inline]
    fn clear(&self, flag: Flag) {
        // SAFETY: As in `has`.
        unsafe { bindings::clear_bit(flag as c_ulong, &raw mut (*self.as_raw()).flags) };
    }

    /// Whether the transport has a way to the target.
    #[inline]
    pub fn is_bound(&self) -> bool {
        self.has(Flag::Bound)
    }

    /// Notes whether the transport has a way to the target.
    #[inline]
    pub fn set_bound(&self, bound: bool, _frwd: &Frwd<'_>) {
        if bound {
            self.set(Flag::Bound);
        } else {
            self.clear(Flag::Bound);
        }
    }

    /// Whether nothing may be sent.
    #[inline]
    pub fn is_transmit_suspended(&self) -> bool {
        self.has(Flag::TransmitSuspended)
    }

    /// Has nothing sent any more, from the next PDU on.
    #[inline]
    pub fn suspend_transmit(&self) {
        self.set(Flag::TransmitSuspended);
    }

    /// Has nothing received any more, from the next PDU on.
    #[inline]
    pub fn suspend_receive(&self) {
        self.set(Flag::ReceiveSuspended);
    }

    /// Has nothing sent any more, and waits until the worker is idle. May sleep.
    #[inline]
    pub fn stop_transmit(&self) {
        self.suspend_transmit();
        if self.session().has_worker() {
            self.transmit_work().flush();
        }
    }

    /// Waits until the worker has let go of the login task, if that is over: its answer can be here, and
    /// user space's next request with it, before the worker that sent it is done. May sleep.
    #[inline]
    pub fn settle_login_task(&self) {
        let is_over = {
            let _back = self.session().lock_back();
            self.login_task().progress() == Progress::Over
        };
        if is_over && self.session().has_worker() {
            self.transmit_work().flush();
        }
    }

    /// Has nothing received any more, and waits until the worker is idle. May sleep.
    #[inline]
    pub fn stop_receive(&self) {
        self.suspend_receive();
        if self.session().has_worker() {
            // SAFETY: Transports whose sessions have a worker initialise the item.
            unsafe { Work::from_raw(&raw mut (*self.as_raw()).recvwork) }.flush();
        }
    }

    /// Has things sent again, beginning with what has waited meanwhile.
    #[inline]
    pub fn start_transmit(&self) {
        self.clear(Flag::TransmitSuspended);
        self.wake_transmit();
    }

    /// Lets PDUs through in both directions, as a login needs.
    #[inline]
    pub fn resume(&self) {
        self.clear(Flag::ReceiveSuspended);
        self.clear(Flag::TransmitSuspended);
    }

    #[inline]
    fn transmit_work(&self) -> &Work {
        // SAFETY: Initialised when the connection is set up.
        unsafe { Work::from_raw(&raw mut (*self.as_raw()).xmitwork) }
    }

    /// Wakes the worker that sends, if there is one.
    #[inline]
    pub fn wake_transmit(&self) {
        if let Some(queue) = self.session().workqueue() {
            // SAFETY: The queue is destroyed with the host, after all connections.
            unsafe { self.transmit_work().queue_on(queue) };
        }
    }

    /// Wakes the worker that receives, if there is one and something may be received.
    #[inline]
    pub fn wake_receive(&self) {
        if self.has(Flag::ReceiveSuspended) {
            return;
        }
        if let Some(queue) = self.session().workqueue() {
            // SAFETY: Transports that call this initialise the item; the queue is destroyed with the
            // host, after all connections.
            unsafe { Work::from_raw(&raw mut (*self.as_raw()).recvwork).queue_on(queue) };
        }
    }

    /// The timer that sees to it that the target is alive.
    #[inline]
    pub fn ping_timer(&self) -> &Timer {
        // SAFETY: Initialised when the connection is set up.
        unsafe { Timer::from_raw(&raw mut (*self.as_raw()).transport_timer) }
    }

    /// Management requests that wait to be sent.
    #[inline]
    pub fn management_queue<'f, 's>(&'s self, frwd: &'f Frwd<'s>) -> Queue<'f, 's> {
        // SAFETY: Initialised when the connection is set up, and `frwd_lock` is held.
        unsafe { Queue::from_raw(&raw mut (*self.as_raw()).mgmtqueue, frwd) }
    }

    /// SCSI commands that wait to be sent.
    #[inline]
    pub fn command_queue<'f, 's>(&'s self, frwd: &'f Frwd<'s>) -> Queue<'f, 's> {
        // SAFETY: As in `management_queue`.
        unsafe { Queue::from_raw(&raw mut (*self.as_raw()).cmdqueue, frwd) }
    }

    /// SCSI commands with Data-Out that waits to be sent. The queue holds a reference to each.
    #[inline]
    pub fn data_out_queue<'f, 's>(&'s self, frwd: &'f Frwd<'s>) -> DataOutQueue<'f, 's> {
        // SAFETY: As in `management_queue`.
        DataOutQueue::new(unsafe { Queue::from_raw(&raw mut (*self.as_raw()).requeue, frwd) })
    }

    /// Whether a task is the one for login and text requests.
    #[inline]
    pub fn is_login_task(&self, task: Task<'_>) -> bool {
        // SAFETY: Written once, when the connection is set up.
        core::ptr::eq(unsafe { (*self.as_raw()).login_task }, task.as_raw())
    }

    /// The task for login and text requests.
    #[inline]
    pub fn login_task(&self) -> Task<'_> {
        // SAFETY: Written once, when the connection is set up; it is one of the session's tasks.
        unsafe { Task::from_raw(NonNull::new_unchecked((*self.as_raw()).login_task)) }
    }

    /// Gives the task for login and text requests back to the pool of the session.
    ///
    /// Nothing may be sent or received on the connection any more.
    #[inline]
    pub fn release_login_task(&self, frwd: &mut Frwd<'_>) {
        let mut back = frwd.lock_back();
        // SAFETY: Written once, when the connection is set up.
        if let Some(task) = NonNull::new(unsafe { (*self.as_raw()).login_task }) {
            back.put_task(task);
        }
    }

    /// Takes the task that was not sent whole, if any, with the reference that was kept for it.
    #[inline]
    pub fn take_unfinished<'s>(&'s self, _frwd: &Frwd<'s>) -> Option<TaskRef<'s>> {
        // SAFETY: `frwd_lock`, which protects the field, is held; the field owns a reference.
        unsafe {
            let slot = &raw mut (*self.as_raw()).task;
            let task = Task::from_raw(NonNull::new(*slot)?);
            *slot = core::ptr::null_mut();
            Some(task.adopt())
        }
    }

    /// Keeps a task that was not sent whole.
    #[inline]
    pub fn keep_unfinished(&self, task: TaskRef<'_>, _frwd: &Frwd<'_>) {
        // SAFETY: `frwd_lock`, which protects the field, is held.
        unsafe { (*self.as_raw()).task = task.leave().as_raw() };
    }

    /// Whether a task is the one that was not sent whole.
    #[inline]
    pub fn is_unfinished(&self, task: Task<'_>, _frwd: &Frwd<'_>) -> bool {
        // SAFETY: `frwd_lock`, which protects the field, is held.
        core::ptr::eq(unsafe { (*self.as_raw()).task }, task.as_raw())
    }

    #[inline]
    fn ping(&self) -> &Atomic<*mut bindings::iscsi_task> {
        // SAFETY: The field is a pointer, valid as long as the connection.
        unsafe { Atomic::from_ptr(&raw mut (*self.as_raw()).ping_task) }
    }

    /// Whether a ping of the kernel's own waits for its answer.
    #[inline]
    pub fn is_ping_outstanding(&self) -> bool {
        !self.ping().load(Relaxed).is_null()
    }

    /// Whether a task is the kernel's own ping.
    #[inline]
    pub fn is_ping(&self, task: Task<'_>) -> bool {
        core::ptr::eq(self.ping().load(Relaxed), task.as_raw())
    }

    /// Makes a task the kernel's own ping.
    #[inline]
    pub fn set_ping(&self, task: Task<'_>) {
        self.ping().store(task.as_raw(), Relaxed);
    }

    /// Forgets that a task was the kernel's own ping, if it was.
    #[inline]
    pub fn forget_ping(&self, task: Task<'_>) {
        if self.is_ping(task) {
            self.ping().store(core::ptr::null_mut(), Relaxed);
        }
    }

    /// Notes that a ping was sent.
    #[inline]
    pub fn note_ping(&self, _frwd: &Frwd<'_>) {
        // SAFETY: The field is a word, valid as long as the connection.
        unsafe { (&raw mut (*self.as_raw()).last_ping).write_volatile(jiffies()) };
    }

    /// When the last ping was sent, in jiffies.
    #[inline]
    pub fn last_ping(&self) -> Jiffies {
        // SAFETY: As in `note_ping`.
        unsafe { (&raw const (*self.as_raw()).last_ping).read_volatile() }
    }

    /// Notes that the target is alive.
    #[inline]
    pub fn note_receive(&self) {
        // SAFETY: The field is a word, valid as long as the connection.
        unsafe { (&raw mut (*self.as_raw()).last_recv).write_volatile(jiffies()) };
    }

    /// How long the target may be silent before it is pinged, and how long after that, in seconds.
    #[inline]
    pub fn ping_seconds(&self) -> (u32, u32) {
        // SAFETY: Both fields are words, valid as long as the connection.
        unsafe {
            (
                (&raw const (*self.as_raw()).recv_timeout).read_volatile() as u32,
                (&raw const (*self.as_raw()).ping_timeout).read_volatile() as u32,
            )
        }
    }

    /// Sets what [`Connection::ping_seconds`] returns.
    #[inline]
    pub fn set_ping_seconds(&self, receive: u32, ping: u32) {
        // SAFETY: As in `ping_seconds`.
        unsafe {
            (&raw mut (*self.as_raw()).recv_timeout).write_volatile(receive as c_int);
            (&raw mut (*self.as_raw()).ping_timeout).write_volatile(ping as c_int);
        }
    }

    /// What the ping timer goes by.
    #[inline]
    pub fn ping_times(&self) -> PingTimes {
        let (receive, ping) = self.ping_seconds();
        PingTimes {
            now: jiffies() as u64,
            // SAFETY: The field is a word, valid as long as the connection.
            last_recv: unsafe { (&raw const (*self.as_raw()).last_recv).read_volatile() as u64 },
            receive_timeout: seconds(receive) as u64,
            ping_timeout: seconds(ping) as u64,
            ping_outstanding: self.is_ping_outstanding(),
        }
    }

    /// How the connection is used.
    #[inline]
    pub fn stage(&self, _frwd: &Frwd<'_>) -> ConnectionStage {
        // SAFETY: `frwd_lock`, which protects the field, is held.
        ConnectionStage::from_raw(unsafe { (*self.as_raw()).c_stage })
            .unwrap_or(ConnectionStage::CleanupWait)
    }

    /// Sets how the connection is used.
    #[inline]
    pub fn set_stage(&self, stage: ConnectionStage, _frwd: &Frwd<'_>) {
        // SAFETY: `frwd_lock`, which protects the field, is held.
        unsafe { (*self.as_raw()).c_stage = stage.as_raw() };
    }

    /// Why the connection was stopped, if it was and is not started again.
    #[inline]
    pub fn stop_stage(&self, _frwd: &Frwd<'_>) -> StopStage {
        // SAFETY: `frwd_lock`, which protects the field, is held.
        StopStage::from_raw(unsafe { (*self.as_raw()).stop_stage }).unwrap_or(StopStage::None)
    }

    /// Sets why the connection was stopped.
    #[inline]
    pub fn set_stop_stage(&self, stage: StopStage, _frwd: &Frwd<'_>) {
        // SAFETY: `frwd_lock`, which protects the field, is held.
        unsafe { (*self.as_raw()).stop_stage = stage.as_raw() };
    }

    /// StatSN of the next response, to be acknowledged.
    #[inline]
    pub fn exp_stat_sn(&self) -> u32 {
        // SAFETY: The field is a word, valid as long as the connection.
        unsafe { (&raw const (*self.as_raw()).exp_statsn).read_volatile() }
    }

    /// Notes that a response with this StatSN was received.
    #[inline]
    pub fn acknowledge(&self, stat_sn: u32, _back: &Back<'_>) {
        let next = SerialNumber::new(stat_sn).next();
        // SAFETY: As in `exp_stat_sn`.
        unsafe { (&raw mut (*self.as_raw()).exp_statsn).write_volatile(next.get()) };
    }

    /// MaxRecvDataSegmentLength of the target: the longest data segment to send, in bytes.
    #[inline]
    pub fn max_xmit_data_segment_len(&self) -> u32 {
        // SAFETY: As in `exp_stat_sn`; a transport may change it while it prepares a PDU.
        unsafe { (&raw const (*self.as_raw()).max_xmit_dlength).read_volatile() }
    }

    /// Counts a Data-Out PDU. For the transmit context alone.
    #[inline]
    pub fn count_data_out(&self) {
        // SAFETY: As in `exp_stat_sn`.
        unsafe { count_one(&raw mut (*self.as_raw()).dataout_pdus_cnt) };
    }

    /// Turns digests off, until the next login has negotiated them.
    #[inline]
    pub fn forget_digests(&self) {
        // SAFETY: Both fields are words, valid as long as the connection, and nothing is sent or
        // received.
        unsafe {
            (*self.as_raw()).hdrdgst_en = 0;
            (*self.as_raw()).datadgst_en = 0;
        }
    }

    /// Tells user space that the connection has failed, and has the class clean up. Can be called in
    /// any context.
    #[inline]
    pub fn report(&self, error: ErrorCode) {
        // SAFETY: The object of the class is valid.
        unsafe { bindings::iscsi_conn_error_event(self.cls(), error.as_raw()) };
    }

    /// Passes a PDU on to user space, without Additional Header Segments.
    ///
    /// # Errors
    ///
    /// [`ConnectionError::ConnectionFailed`] when it does not get it.
    #[inline]
    pub fn pass_on(&self, bhs: &[u8; BHS_LEN], data: &[u8]) -> Result<(), ConnectionError> {
        let mut header = *Bhs::view(bhs).map_err(|_| ConnectionError::Protocol)?;
        header.total_ahs_length = 0;
        let mut bhs = header.to_bytes();
        // SAFETY: The object of the class is valid; header and data are only read.
        let ret = unsafe {
            bindings::iscsi_recv_pdu(
                self.cls(),
                bhs.as_mut_ptr().cast(),
                data.as_ptr().cast_mut().cast(),
                data.len() as u32,
            )
        };
        if ret == 0 {
            Ok(())
        } else {
            Err(ConnectionError::ConnectionFailed)
        }
    }
}
