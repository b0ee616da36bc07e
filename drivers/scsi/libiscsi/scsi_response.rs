// SPDX-License-Identifier: GPL-2.0

//! The end of a SCSI command: a SCSI Response, or Data-In with status (RFC 7143, sections 11.4 and
//! 11.7.3).

use iscsi_abi::{
    error::ConnectionError,
    libiscsi::{
        Back,
        Connection,
        Task, //
    }, //
};
use iscsi_kernel::{
    printk::dev_err_ratelimited,
    scsi::{
        Cmnd,
        HostByte,
        SENSE_MAX_LEN, //
    }, //
};
use iscsi_proto::{
    bhs::{
        DataIn,
        ScsiResponse, //
    },
    status::{
        self,
        Outcome, //
    },
    task::TaskState, //
};

/// SCSI sense key ILLEGAL REQUEST, and the additional sense code for a fault in protection
/// information (SPC: 10h).
const ILLEGAL_REQUEST: u8 = 0x05;
const PROTECTION_FAULT: u8 = 0x10;

/// Completes a command as a SCSI Response says.
///
/// # Errors
///
/// [`ConnectionError::TaskTag`] when the task is no command of this session age.
pub(crate) fn receive(
    back: &mut Back<'_>,
    conn: &Connection,
    task: Task<'_>,
    header: &ScsiResponse,
    data: &[u8],
) -> Result<(), ConnectionError> {
    check_age(back, conn, task)?;
    back.update_window(header.exp_cmd_sn.get(), header.max_cmd_sn.get());
    conn.acknowledge(header.stat_sn.get(), back);
    {
        let command = task.command(back).ok_or(ConnectionError::TaskTag)?;
        if !fails_protection(conn, task, command) {
            let outcome = status::scsi_response(header, command.data_len(), data, SENSE_MAX_LEN);
            report_missing_sense(conn, header, &outcome, data);
            apply(command, &outcome);
        }
    }
    finish(back, conn, task);
    Ok(())
}

/// Completes a command as a Data-In says, if that has a status.
///
/// # Errors
///
/// As for [`receive`].
pub(crate) fn receive_with_data(
    back: &mut Back<'_>,
    conn: &Connection,
    task: Task<'_>,
    header: &DataIn,
) -> Result<(), ConnectionError> {
    check_age(back, conn, task)?;
    task.note_transfer();
    let expected = task
        .command(back)
        .ok_or(ConnectionError::TaskTag)?
        .data_len();
    let Some(outcome) = status::data_in(header, expected) else {
        return Ok(());
    };
    back.update_window(header.exp_cmd_sn.get(), header.max_cmd_sn.get());
    conn.acknowledge(header.stat_sn.get(), back);
    if let Some(command) = task.command(back) {
        apply(command, &outcome);
    }
    finish(back, conn, task);
    Ok(())
}

/// A command may be older than the TCP connection that the response came on.
fn check_age(back: &Back<'_>, conn: &Connection, task: Task<'_>) -> Result<(), ConnectionError> {
    if task.command_age(back) == Some(conn.session().age()) {
        Ok(())
    } else {
        Err(ConnectionError::TaskTag)
    }
}

fn finish(back: &mut Back<'_>, conn: &Connection, task: Task<'_>) {
    task.note_transfer();
    conn.count_response(back);
    task.complete(TaskState::Completed, back);
}

/// Gives a command its result.
fn apply(command: &Cmnd, outcome: &Outcome<'_>) {
    let host = match outcome.host {
        status::HostByte::Ok => HostByte::Ok,
        status::HostByte::Error => HostByte::Error,
        status::HostByte::BadTarget => HostByte::BadTarget,
    };
    command.set_result(host, outcome.status);
    if let Some(sense) = outcome.sense {
        command.set_sense(sense);
    }
    if let Some(residual) = outcome.residual {
        // What the transport knows to be missing is, whatever the target says.
        command.set_residual(residual.max(command.residual()));
    }
}

fn report_missing_sense(
    conn: &Connection,
    header: &ScsiResponse,
    outcome: &Outcome<'_>,
    data: &[u8],
) {
    let missing = header.status == status::CHECK_CONDITION && outcome.sense.is_none();
    if missing && outcome.host == status::HostByte::BadTarget {
        dev_err_ratelimited(
            conn.as_dev(),
            format_args!(
                "Got CHECK_CONDITION but invalid data buffer size of {}\n",
                data.len()
            ),
        );
    }
}

/// Checks the protection information of a command's data, if it has any. Returns whether the command
/// fails for it, with its result set.
fn fails_protection(conn: &Connection, task: Task<'_>, command: &Cmnd) -> bool {
    if !task.is_protected() {
        return false;
    }
    match conn.session().transport().check_protection(task) {
        Ok(None) => false,
        Ok(Some(fault)) => {
            command.set_result(HostByte::Ok, 0);
            command.fail_with_sense(ILLEGAL_REQUEST, PROTECTION_FAULT, fault.ascq, fault.sector);
            true
        }
        Err(_) => {
            dev_err_ratelimited(
                conn.as_dev(),
                format_args!(
                    "the transport does not check the protection information it announced\n"
                ),
            );
            command.set_result(HostByte::Error, 0);
            true
        }
    }
}
