// SPDX-License-Identifier: GPL-2.0

//! Tasks.

use crate::{
    data_out,
    lookup, //
};
use core::ptr::{
    self,
    NonNull, //
};
use iscsi_abi::{
    bindings,
    error::ConnectionError,
    libiscsi::{
        Connection,
        DataOut,
        Session,
        Task,
        TaskRef, //
    }, //
};
use iscsi_proto::{
    tag::InitiatorTaskTag,
    task::TaskState, //
};
use kernel::ffi::c_int;

/// # Safety
///
/// `task` must be one of a session that is not freed for `'a`.
unsafe fn borrow<'a>(task: *mut bindings::iscsi_task) -> Task<'a> {
    // SAFETY: By the requirements of this function.
    unsafe { Task::from_raw(NonNull::new_unchecked(task)) }
}

/// # Safety
///
/// As for [`borrow`]; and the caller must own a reference and give it away.
unsafe fn adopt<'a>(task: *mut bindings::iscsi_task) -> TaskRef<'a> {
    // SAFETY: By the requirements of this function.
    unsafe { borrow(task).adopt() }
}

fn tag(itt: bindings::itt_t) -> InitiatorTaskTag {
    InitiatorTaskTag::from_bytes(itt.to_ne_bytes())
}

fn raw(task: Option<Task<'_>>) -> *mut bindings::iscsi_task {
    task.map_or(ptr::null_mut(), Task::as_raw)
}

/// Takes a reference to a task. Returns false if the last one is gone.
///
/// # Safety
///
/// `task` must be one of a session that is not freed.
#[no_mangle]
unsafe extern "C" fn iscsi_get_task(task: *mut bindings::iscsi_task) -> bool {
    // SAFETY: By the requirements of this function.
    match unsafe { borrow(task) }.get() {
        Some(task) => {
            task.leave();
            true
        }
        None => false,
    }
}

/// Drops a reference to a task.
///
/// # Safety
///
/// The caller must own it, and not hold `back_lock`.
#[no_mangle]
unsafe extern "C" fn iscsi_put_task(task: *mut bindings::iscsi_task) {
    // SAFETY: By the requirements of this function.
    drop(unsafe { adopt(task) });
}

/// Drops a reference to a task.
///
/// # Safety
///
/// The caller must own it, and hold `back_lock`.
#[no_mangle]
unsafe extern "C" fn __iscsi_put_task(task: *mut bindings::iscsi_task) {
    // SAFETY: By the requirements of this function.
    let task = unsafe { adopt(task) };
    // SAFETY: By the requirements of this function.
    let mut back = unsafe { task.session().assume_back() };
    task.put(&mut back);
}

/// Has a task go on with the Data-Out that the target has asked for.
///
/// # Safety
///
/// The caller must own a reference, which it gives away, and hold no lock of the session.
#[no_mangle]
unsafe extern "C" fn iscsi_requeue_task(task: *mut bindings::iscsi_task) {
    // SAFETY: By the requirements of this function.
    data_out::requeue(unsafe { adopt(task) });
}

/// Makes the header of the next Data-Out PDU of a task.
///
/// # Safety
///
/// The caller must hold a reference to `task` and be the transmit context of its connection; `r2t` and
/// `header` must be valid and the caller's.
#[no_mangle]
unsafe extern "C" fn iscsi_prep_data_out_pdu(
    task: *mut bindings::iscsi_task,
    r2t: *mut bindings::iscsi_r2t_info,
    header: *mut bindings::iscsi_data,
) {
    // SAFETY: By the requirements of this function; the reference stays the caller's.
    let mut task = core::mem::ManuallyDrop::new(unsafe { adopt(task) });
    // SAFETY: By the requirements of this function.
    let mut data_out = unsafe { DataOut::from_raw(r2t, header) };
    data_out::prepare(&mut task, &mut data_out);
}

/// Whether a tag is the reserved one or names a task of now: 0, or an error of the connection.
///
/// # Safety
///
/// `conn` must be valid.
#[no_mangle]
unsafe extern "C" fn iscsi_verify_itt(
    conn: *mut bindings::iscsi_conn,
    itt: bindings::itt_t,
) -> c_int {
    // SAFETY: By the requirements of this function.
    let conn = unsafe { Connection::from_raw(conn) };
    ConnectionError::to_raw(lookup::task_of_tag(conn, tag(itt)).map(|_| ()))
}

/// The task that the index in a tag names, or null.
///
/// # Safety
///
/// `conn` must be valid, and `back_lock` be held.
#[no_mangle]
unsafe extern "C" fn iscsi_itt_to_task(
    conn: *mut bindings::iscsi_conn,
    itt: bindings::itt_t,
) -> *mut bindings::iscsi_task {
    // SAFETY: By the requirements of this function.
    let conn = unsafe { Connection::from_raw(conn) };
    raw(lookup::task_of_index(conn, tag(itt)))
}

/// The SCSI command of this session age that a tag names, or null.
///
/// # Safety
///
/// As for [`iscsi_itt_to_task`].
#[no_mangle]
unsafe extern "C" fn iscsi_itt_to_ctask(
    conn: *mut bindings::iscsi_conn,
    itt: bindings::itt_t,
) -> *mut bindings::iscsi_task {
    // SAFETY: By the requirements of this function.
    let conn = unsafe { Connection::from_raw(conn) };
    // SAFETY: By the requirements of this function.
    let back = unsafe { conn.session().assume_back() };
    raw(lookup::command_of_tag(&back, conn, tag(itt)))
}

/// Completes a SCSI command with the result that the transport has stored.
///
/// # Safety
///
/// `task` must be one in use, and `back_lock` be held.
#[no_mangle]
unsafe extern "C" fn iscsi_complete_scsi_task(
    task: *mut bindings::iscsi_task,
    exp_cmd_sn: u32,
    max_cmd_sn: u32,
) {
    // SAFETY: By the requirements of this function: somebody holds a reference as long as it is in use,
    // until it is completed.
    let (task, conn) = unsafe { (borrow(task), Connection::from_raw((*task).conn)) };
    conn.note_receive();
    // SAFETY: By the requirements of this function.
    let mut back = unsafe { conn.session().assume_back() };
    back.update_window(exp_cmd_sn, max_cmd_sn);
    task.complete(TaskState::Completed, &mut back);
}

/// Moves the command window of a session on, as a response says.
///
/// # Safety
///
/// Both must be valid, and `back_lock` be held.
#[no_mangle]
unsafe extern "C" fn iscsi_update_cmdsn(
    session: *mut bindings::iscsi_session,
    header: *mut bindings::iscsi_nopin,
) {
    // SAFETY: By the requirements of this function.
    let (mut back, exp, max) = unsafe {
        (
            Session::from_raw(session).assume_back(),
            (*header).exp_cmdsn,
            (*header).max_cmdsn,
        )
    };
    back.update_window(u32::from_be(exp), u32::from_be(max));
}
