// SPDX-License-Identifier: GPL-2.0

//! Sessions that fail, and what workers do.

use crate::{
    cleanup,
    recovery,
    scan,
    session,
    unbind, //
};
use iscsi_abi::{
    bindings,
    class::{
        Connection,
        ScanMode,
        Session,
        SessionWork, //
    }, //
};
use kernel::ffi::c_int;

/// Has the devices of a session take no commands. Any context.
///
/// # Safety
///
/// `session` must be valid.
#[no_mangle]
unsafe extern "C" fn iscsi_block_session(session: *mut bindings::iscsi_cls_session) {
    // SAFETY: By the requirements of this function.
    recovery::block(unsafe { Session::from_raw(session) });
}

/// Has the devices of a session take commands, and returns when they do.
///
/// # Safety
///
/// `session` must be valid.
#[no_mangle]
unsafe extern "C" fn iscsi_unblock_session(session: *mut bindings::iscsi_cls_session) {
    // SAFETY: By the requirements of this function.
    recovery::unblock(unsafe { Session::from_raw(session) });
}

/// Waits until the session of a command is logged in, for which it returns 0, or given up.
///
/// # Safety
///
/// `command` must be one of a device of a session, which the error handler has.
#[no_mangle]
unsafe extern "C" fn iscsi_block_scsi_eh(command: *mut bindings::scsi_cmnd) -> c_int {
    // SAFETY: By the requirements of this function: the parent of the target is the session.
    let session = unsafe {
        let target = (*(*command).device).sdev_target;
        Session::from_device((*target).dev.parent)
    };
    match recovery::wait(session) {
        recovery::Outcome::LoggedIn => 0,
        recovery::Outcome::GivenUp => bindings::scsi_disposition_FAST_IO_FAIL as c_int,
    }
}

/// # Safety
///
/// For the `block_work` of a session alone.
pub(super) unsafe extern "C" fn block_worker(work: *mut bindings::work_struct) {
    // SAFETY: By the requirements of this function.
    recovery::run_block(unsafe { SessionWork::Block.session(work) });
}

/// # Safety
///
/// For the `unblock_work` of a session alone.
pub(super) unsafe extern "C" fn unblock_worker(work: *mut bindings::work_struct) {
    // SAFETY: By the requirements of this function.
    recovery::run_unblock(unsafe { SessionWork::Unblock.session(work) });
}

/// # Safety
///
/// For the `recovery_work` of a session alone.
pub(super) unsafe extern "C" fn timeout_worker(work: *mut bindings::work_struct) {
    // SAFETY: By the requirements of this function.
    recovery::run_timeout(unsafe { Session::from_recovery(work) });
}

/// # Safety
///
/// For the `scan_work` of a session alone, which drivers queue themselves.
pub(super) unsafe extern "C" fn scan_worker(work: *mut bindings::work_struct) {
    // SAFETY: By the requirements of this function.
    let session = unsafe { SessionWork::Scan.session(work) };
    scan::scan(session, scan::Place::ANY, ScanMode::Rescan);
}

/// # Safety
///
/// For the `unbind_work` of a session alone.
pub(super) unsafe extern "C" fn unbind_worker(work: *mut bindings::work_struct) {
    // SAFETY: By the requirements of this function.
    unbind::run(unsafe { SessionWork::Unbind.session(work) });
}

/// # Safety
///
/// For the `destroy_work` of a session alone.
pub(super) unsafe extern "C" fn destroy_worker(work: *mut bindings::work_struct) {
    // SAFETY: By the requirements of this function.
    session::tear_down(unsafe { Session::from_destruction(work) });
}

/// # Safety
///
/// For the `cleanup_work` of a connection alone.
pub(super) unsafe extern "C" fn cleanup_worker(work: *mut bindings::work_struct) {
    // SAFETY: By the requirements of this function.
    cleanup::run(unsafe { Connection::from_cleanup(work) });
}
