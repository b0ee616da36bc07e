// SPDX-License-Identifier: GPL-2.0

//! Commands from the mid-layer.

use crate::queue::{
    queue,
    Disposition, //
};
use iscsi_abi::{
    bindings,
    libiscsi::Session, //
};
use iscsi_kernel::scsi::Cmnd;

/// Executes a command.
///
/// # Safety
///
/// For the mid-layer alone: `command` is for a logical unit of a session, and the driver's now.
#[no_mangle]
unsafe extern "C" fn iscsi_queuecommand(
    _host: *mut bindings::Scsi_Host,
    command: *mut bindings::scsi_cmnd,
) -> bindings::scsi_qc_status {
    // SAFETY: By the requirements of this function.
    let (session, command) = unsafe { (Session::of_command(command), Cmnd::from_raw(command)) };
    match queue(session, command) {
        Disposition::Queued => 0,
        Disposition::Busy => bindings::scsi_qc_status_SCSI_MLQUEUE_TARGET_BUSY,
        Disposition::Done => {
            // SAFETY: It was not queued, so it is still the driver's.
            unsafe { command.done() };
            0
        }
    }
}
