// SPDX-License-Identifier: GPL-2.0

//! The beginning and the end of sessions and connections.
//!
//! C header: [`include/scsi/libiscsi.h`](srctree/include/scsi/libiscsi.h)

use super::{
    counters::{
        CountersPlace,
        SessionPrivate, //
    },
    host::{
        IscsiHost,
        SessionCount, //
    },
    pool::Pool,
    text::Text,
    Connection,
    Session,
    RESPONSE_MAX_LEN, //
};
use core::ptr::NonNull;
use iscsi_bindings as bindings;
use iscsi_kernel::{
    timer::{
        Expired,
        Timer, //
    },
    wait::WaitQueue,
    work::{
        Work,
        WorkFunction, //
    }, //
};
use iscsi_proto::{
    connection::ConnectionStage,
    serial::SerialNumber,
    session::SessionState,
    task::TaskState,
    task_management::TmfState,
    window::CommandWindow, //
};
use kernel::{
    c_str,
    error::to_result,
    ffi::{
        c_int,
        c_uint,
        c_ulong, //
    },
    prelude::*,
    static_lock_class, //
};

/// How long to wait for the answers to task management requests until user space says otherwise, in
/// seconds.
const ABORT_TIMEOUT: c_int = 10;
const LU_RESET_TIMEOUT: c_int = 15;
const TARGET_RESET_TIMEOUT: c_int = 30;

/// What a session is made of.
pub struct SessionSetup {
    /// How many SCSI commands the session takes at a time.
    pub commands: u16,
    /// The size of the transport's data on the session, in bytes.
    pub transport_size: c_int,
    /// The size of the transport's data on each task, in bytes.
    pub task_size: c_int,
    /// The first CmdSN.
    pub initial_cmd_sn: u32,
    /// The number of the target, or -1 for any.
    pub id: c_uint,
    /// Called when a task management request gets no answer in time.
    pub request_timer_expired: Expired,
    /// Where the counters of the session are shown.
    pub counters: &'static CountersPlace,
}

impl SessionSetup {
    /// Creates a session and adds it to the class.
    ///
    /// # Errors
    ///
    /// `ENODEV` when the host or the transport is being removed, `ENOMEM`, or what the class says.
    ///
    /// # Safety
    ///
    /// `transport` must be registered, `host` be one of libiscsi, and `request_timer_expired` safe to
    /// call with the request timer of the session.
    #[inline]
    pub unsafe fn create(
        &self,
        transport: *mut bindings::iscsi_transport,
        host: *mut bindings::Scsi_Host,
    ) -> Result<*mut bindings::iscsi_cls_session> {
        // SAFETY: By the requirements of this function.
        let iscsi_host = unsafe { IscsiHost::from_raw(host) };
        let count = iscsi_host.begin_session()?;
        let size = self
            .transport_size
            .checked_add(size_of::<bindings::iscsi_session>() as c_int)
            .and_then(|size| size.checked_add(size_of::<SessionPrivate>() as c_int))
            .ok_or(ENOMEM)?;
        // SAFETY: Host and transport are valid.
        let cls = unsafe { bindings::iscsi_alloc_session(host, transport, size) };
        let cls = NonNull::new(cls).ok_or(ENOMEM)?.as_ptr();
        // SAFETY: The object has just been allocated, zeroed, with room for a `struct iscsi_session`,
        // our own part and the transport's data; nobody else knows it.
        let added = unsafe {
            self.initialise(cls, transport, host);
            self.add(cls)
        };
        if let Err(error) = added {
            // SAFETY: The session was not added, so nobody uses it.
            unsafe { bindings::iscsi_free_session(cls) };
            return Err(error);
        }
        count.keep();
        Ok(cls)
    }

    /// # Safety
    ///
    /// `cls` must be newly allocated, with the session behind it zeroed.
    #[inline]
    unsafe fn initialise(
        &self,
        cls: *mut bindings::iscsi_cls_session,
        transport: *mut bindings::iscsi_transport,
        host: *mut bindings::Scsi_Host,
    ) {
        let window = CommandWindow::starting_at(SerialNumber::new(self.initial_cmd_sn));
        // SAFETY: By the requirements of this function.
        unsafe {
            let session: *mut bindings::iscsi_session = (*cls).dd_data.cast();
            (*session).cls_session = cls;
            (*session).host = host;
            (*session).tt = transport;
            (*session).dd_data = SessionPrivate::init(session);
            (*session).state = SessionState::Free.as_raw();
            (*session).tmf_state = TmfState::Initial.as_raw();
            (*session).fast_abort = 1;
            (*session).abort_timeout = ABORT_TIMEOUT;
            (*session).lu_reset_timeout = LU_RESET_TIMEOUT;
            (*session).tgt_reset_timeout = TARGET_RESET_TIMEOUT;
            (*session).max_r2t = 1;
            (*session).scsi_cmds_max = c_int::from(self.commands);
            (*session).cmds_max =
                c_int::from(self.commands).wrapping_add(bindings::ISCSI_MGMT_CMDS_MAX as c_int);
            (*session).cmdsn = self.initial_cmd_sn;
            (*session).queued_cmdsn = self.initial_cmd_sn;
            (*session).exp_cmdsn = window.exp_cmd_sn().get();
            (*session).max_cmdsn = window.max_cmd_sn().get();
            initialise_locks(session);
            Timer::init(
                &raw mut (*session).tmf_timer,
                self.request_timer_expired,
                c_str!("iscsi_session.tmf_timer"),
                static_lock_class!(),
            );
            WaitQueue::init(
                &raw mut (*session).ehwait,
                c_str!("iscsi_session.ehwait"),
                static_lock_class!(),
            );
        }
    }

    /// Allocates the tasks and adds the session to the class.
    ///
    /// # Safety
    ///
    /// `cls` must be initialised.
    #[inline]
    unsafe fn add(&self, cls: *mut bindings::iscsi_cls_session) -> Result {
        // SAFETY: By the requirements of this function.
        unsafe {
            let session: *mut bindings::iscsi_session = (*cls).dd_data.cast();
            let item_size = self
                .task_size
                .checked_add(size_of::<bindings::iscsi_task>() as c_int)
                .ok_or(ENOMEM)?;
            let pool = &raw mut (*session).cmdpool;
            (*session).cmds = Pool::init(pool, (*session).cmds_max, item_size)?
                .as_ptr()
                .cast();
            self.number_tasks(session);
            let owner = Session::from_raw(session).transport().owner();
            let added = if bindings::try_module_get(owner) {
                to_result(bindings::iscsi_add_session(cls, self.id))
                    .inspect_err(|_| bindings::module_put(owner))
            } else {
                Err(ENODEV)
            };
            added.inspect_err(|_| Pool::free(pool))?;
            Session::from_raw(session).show_counters(self.counters);
        }
        Ok(())
    }

    /// # Safety
    ///
    /// The tasks of `session` must be allocated, and nobody else know them.
    #[inline]
    unsafe fn number_tasks(&self, session: *mut bindings::iscsi_session) {
        // SAFETY: By the requirements of this function.
        unsafe {
            let mut index = 0;
            while index < (*session).cmds_max {
                let task = *(*session).cmds.add(index as usize);
                if self.task_size > 0 {
                    (*task).dd_data = task.add(1).cast();
                }
                (*task).itt = index;
                (*task).state = TaskState::Free.as_raw();
                bindings::INIT_LIST_HEAD(&raw mut (*task).running);
                index = index.wrapping_add(1);
            }
        }
    }
}

/// # Safety
///
/// `session` must be newly allocated.
#[inline]
unsafe fn initialise_locks(session: *mut bindings::iscsi_session) {
    // SAFETY: By the requirements of this function; names and keys are static.
    unsafe {
        bindings::__mutex_init(
            &raw mut (*session).eh_mutex,
            c_str!("iscsi_session.eh_mutex").as_char_ptr(),
            static_lock_class!().as_ptr(),
        );
        bindings::__spin_lock_init(
            &raw mut (*session).frwd_lock,
            c_str!("iscsi_session.frwd_lock").as_char_ptr(),
            static_lock_class!().as_ptr(),
        );
        bindings::__spin_lock_init(
            &raw mut (*session).back_lock,
            c_str!("iscsi_session.back_lock").as_char_ptr(),
            static_lock_class!().as_ptr(),
        );
    }
}

/// The strings of a session, which user space sets.
macro_rules! free_texts {
    ($object:expr => $($field:ident)+) => {
        $(Text::from_raw(&raw mut (*$object).$field).free();)+
    };
}

impl Session {
    /// Removes the session from the class: nobody finds it any more, and its devices are gone.
    ///
    /// # Safety
    ///
    /// It must have no connection, and not be removed yet.
    #[inline]
    pub unsafe fn remove(&self) {
        // SAFETY: The session and its host are valid.
        unsafe {
            self.hide_counters();
            let host = IscsiHost::from_raw((*self.as_raw()).host);
            bindings::iscsi_remove_session(self.cls());
            // The host waits for its sessions to be gone from sysfs, no longer.
            drop(SessionCount::from_kept(host));
        }
    }

    /// Frees the session.
    ///
    /// # Safety
    ///
    /// It must have been removed, and nobody use it any more.
    #[inline]
    pub unsafe fn free(&self) {
        let owner = self.transport().owner();
        let cls = self.cls();
        // SAFETY: By the requirements of this function.
        unsafe {
            let session = self.as_raw();
            Pool::free(&raw mut (*session).cmdpool);
            free_texts!(session => password password_in username username_in targetname targetalias
                initiatorname boot_root boot_nic boot_target ifacename portal_type
                discovery_parent_type);
            bindings::iscsi_free_session(cls);
            bindings::module_put(owner);
        }
    }
}

/// What a connection is made of.
pub struct ConnectionSetup {
    /// The size of the transport's data on the connection, in bytes.
    pub transport_size: c_int,
    /// The number of the connection in its session.
    pub cid: u32,
    /// Called when it is time to see to it that the target is alive.
    pub ping_timer_expired: Expired,
    /// Sends what is queued.
    pub transmit_worker: WorkFunction,
}

impl ConnectionSetup {
    /// Creates a connection and adds it to the class.
    ///
    /// # Errors
    ///
    /// `ENOMEM`, or what the class says.
    ///
    /// # Safety
    ///
    /// `cls_session` must be set up, and the functions safe to call with the timer and the work item
    /// of the connection.
    #[inline]
    pub unsafe fn create(
        &self,
        cls_session: *mut bindings::iscsi_cls_session,
    ) -> Result<*mut bindings::iscsi_cls_conn> {
        let size = self
            .transport_size
            .checked_add(size_of::<bindings::iscsi_conn>() as c_int)
            .ok_or(ENOMEM)?;
        // SAFETY: By the requirements of this function.
        let cls = unsafe { bindings::iscsi_alloc_conn(cls_session, size, self.cid) };
        let cls = NonNull::new(cls).ok_or(ENOMEM)?.as_ptr();
        // SAFETY: The object has just been allocated, zeroed, with room for a `struct iscsi_conn` and
        // the transport's data; nobody else knows it.
        unsafe {
            let session = Session::from_cls(cls_session);
            self.initialise(cls, session);
            let conn = Connection::from_cls(cls);
            conn.claim_login_task(session)
                .and_then(|()| conn.add(session))
                .map(|()| cls)
                .inspect_err(|_| bindings::iscsi_put_conn(cls))
        }
    }

    /// # Safety
    ///
    /// `cls` must be newly allocated, with the connection behind it zeroed.
    #[inline]
    unsafe fn initialise(&self, cls: *mut bindings::iscsi_cls_conn, session: &Session) {
        // SAFETY: By the requirements of this function.
        unsafe {
            let conn: *mut bindings::iscsi_conn = (*cls).dd_data.cast();
            // Some transports keep their data elsewhere.
            if self.transport_size > 0 {
                (*conn).dd_data = conn.add(1).cast();
            }
            (*conn).session = session.as_raw();
            (*conn).cls_conn = cls;
            (*conn).c_stage = ConnectionStage::Initial.as_raw();
            (*conn).id = self.cid as c_int;
            Timer::init(
                &raw mut (*conn).transport_timer,
                self.ping_timer_expired,
                c_str!("iscsi_conn.transport_timer"),
                static_lock_class!(),
            );
            Work::init(
                &raw mut (*conn).xmitwork,
                self.transmit_worker,
                c_str!("iscsi_conn.xmitwork"),
                static_lock_class!(),
            );
            bindings::INIT_LIST_HEAD(&raw mut (*conn).mgmtqueue);
            bindings::INIT_LIST_HEAD(&raw mut (*conn).cmdqueue);
            bindings::INIT_LIST_HEAD(&raw mut (*conn).requeue);
        }
    }
}

/// The pages of a connection's buffer, as a power of two.
const DATA_ORDER: c_uint = (RESPONSE_MAX_LEN as usize)
    .div_ceil(kernel::page::PAGE_SIZE)
    .next_power_of_two()
    .ilog2();

impl Connection {
    /// Takes the task for login and text requests out of the pool.
    #[inline]
    fn claim_login_task(&self, session: &Session) -> Result {
        let task = session.lock_frwd().take_task().ok_or(ENOMEM)?;
        // SAFETY: The connection is new; nobody else uses it.
        unsafe { (*self.as_raw()).login_task = task.as_ptr() };
        Ok(())
    }

    /// Allocates the buffer and adds the connection to the class. May sleep.
    #[inline]
    fn add(&self, session: &Session) -> Result {
        // In this order: whatever the class shows is there.
        let added = self.allocate_data().and_then(|()| {
            // SAFETY: The object of the class is complete.
            to_result(unsafe { bindings::iscsi_add_conn(self.cls()) }).inspect_err(|_| {
                // SAFETY: Nobody has seen the connection.
                unsafe { self.free_data() };
            })
        });
        added.inspect_err(|_| self.release_login_task(&mut session.lock_frwd()))
    }

    /// Allocates the buffer for login and text requests and for responses.
    #[inline]
    fn allocate_data(&self) -> Result {
        // SAFETY: The flags are valid, and the order small.
        let data =
            unsafe { bindings::get_free_pages_noprof(kernel::bindings::GFP_KERNEL, DATA_ORDER) };
        if data == 0 {
            return Err(ENOMEM);
        }
        // SAFETY: The connection is new; nobody else uses it or its login task.
        unsafe {
            (*self.as_raw()).data = data as *mut _;
            (*(*self.as_raw()).login_task).data = data as *mut _;
        }
        Ok(())
    }

    /// # Safety
    ///
    /// Nobody may use the buffer any more.
    #[inline]
    unsafe fn free_data(&self) {
        // SAFETY: It was allocated in `allocate_data`.
        unsafe { bindings::free_pages((*self.as_raw()).data as c_ulong, DATA_ORDER) };
    }

    /// Removes the connection from the class: nobody finds it any more.
    ///
    /// # Safety
    ///
    /// It must not have been removed yet.
    #[inline]
    pub unsafe fn unpublish(&self) {
        // SAFETY: The object of the class is valid.
        unsafe { bindings::iscsi_remove_conn(self.cls()) };
    }

    /// Frees the connection.
    ///
    /// # Safety
    ///
    /// It must be removed from the class and retired, and nobody use it any more.
    #[inline]
    pub unsafe fn destroy(&self) {
        // SAFETY: By the requirements of this function.
        unsafe {
            self.free_data();
            let conn = self.as_raw();
            free_texts!(conn => persistent_address local_ipaddr);
            bindings::iscsi_put_conn(self.cls());
        }
    }
}
