// SPDX-License-Identifier: GPL-2.0

//! What the mid-layer calls when a command gets no answer.

use crate::{
    abort::{
        abort,
        Handled, //
    },
    reset,
    timeout::{
        timed_out,
        Verdict, //
    }, //
};
use iscsi_abi::{
    bindings,
    libiscsi::Session, //
};
use iscsi_kernel::scsi::Cmnd;
use kernel::ffi::c_int;

/// What the mid-layer calls it.
fn disposition(handled: Handled) -> c_int {
    (match handled {
        Handled::Success => bindings::scsi_disposition_SUCCESS,
        Handled::Failed => bindings::scsi_disposition_FAILED,
    }) as c_int
}

/// Decides about a command that was not completed in time.
///
/// # Safety
///
/// For the mid-layer alone: `command` is for a logical unit of a session, and was given to
/// [`iscsi_queuecommand`](super::command).
#[no_mangle]
unsafe extern "C" fn iscsi_eh_cmd_timed_out(
    command: *mut bindings::scsi_cmnd,
) -> bindings::scsi_timeout_action {
    // SAFETY: By the requirements of this function.
    let (session, command) = unsafe { (Session::of_command(command), Cmnd::from_raw(command)) };
    match timed_out(session, command) {
        Verdict::GiveUp => bindings::scsi_timeout_action_SCSI_EH_NOT_HANDLED,
        Verdict::Wait => bindings::scsi_timeout_action_SCSI_EH_RESET_TIMER,
    }
}

/// Aborts a command.
///
/// # Safety
///
/// As for [`iscsi_eh_cmd_timed_out`]. May sleep.
#[no_mangle]
unsafe extern "C" fn iscsi_eh_abort(command: *mut bindings::scsi_cmnd) -> c_int {
    // SAFETY: By the requirements of this function.
    let (session, command) = unsafe { (Session::of_command(command), Cmnd::from_raw(command)) };
    disposition(abort(session, command))
}

/// Resets the logical unit of a command.
///
/// # Safety
///
/// As for [`iscsi_eh_cmd_timed_out`]; or the command is one that was made up for the purpose. May
/// sleep.
#[no_mangle]
unsafe extern "C" fn iscsi_eh_device_reset(command: *mut bindings::scsi_cmnd) -> c_int {
    // SAFETY: By the requirements of this function.
    let (session, command) = unsafe { (Session::of_command(command), Cmnd::from_raw(command)) };
    disposition(reset::logical_unit(session, command.lun()))
}

/// Resets the target of a command or, if that fails, its session.
///
/// # Safety
///
/// As for [`iscsi_eh_device_reset`].
#[no_mangle]
unsafe extern "C" fn iscsi_eh_recover_target(command: *mut bindings::scsi_cmnd) -> c_int {
    // SAFETY: By the requirements of this function.
    disposition(reset::target_or_session(unsafe {
        Session::of_command(command)
    }))
}

/// Has the session of a command log in again.
///
/// # Safety
///
/// As for [`iscsi_eh_device_reset`].
#[no_mangle]
unsafe extern "C" fn iscsi_eh_session_reset(command: *mut bindings::scsi_cmnd) -> c_int {
    // SAFETY: By the requirements of this function.
    disposition(reset::session(unsafe { Session::of_command(command) }))
}
