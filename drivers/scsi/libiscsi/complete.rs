// SPDX-License-Identifier: GPL-2.0

//! What a response completes.

use crate::{
    debug::debug_session,
    lookup,
    nop,
    reject,
    scsi_response,
    task_management, //
};
use iscsi_abi::{
    error::ConnectionError,
    libiscsi::{
        Back,
        Connection,
        Task, //
    }, //
};
use iscsi_proto::{
    answer::{
        self,
        Verdict, //
    },
    bhs::{
        AsyncMessage,
        Bhs,
        Header,
        LogoutResponse,
        NopIn,
        NopInRole,
        TaskManagementResponse, //
    },
    opcode::ResponseOpcode,
    pdu::BHS_LEN,
    task::TaskState, //
};

/// Acts on a response with its data segment, which carries no Data-In.
///
/// The lock may be dropped meanwhile.
///
/// # Errors
///
/// Why the connection has to fail.
pub(crate) fn complete<'a>(
    back: &mut Back<'a>,
    conn: &'a Connection,
    bhs: &[u8; BHS_LEN],
    data: &[u8],
) -> Result<(), ConnectionError> {
    conn.note_receive();
    let header: &Bhs = view(bhs)?;
    let task = lookup::task_of_tag(conn, header.itt)?;
    let opcode =
        ResponseOpcode::try_from(header.opcode.code()).map_err(|_| ConnectionError::Opcode)?;
    debug_session!(
        conn.session(),
        "{:?} for task {:?} with {} bytes of data\n",
        opcode,
        task.map(Task::index),
        data.len()
    );
    match task {
        None => for_nobody(back, conn, opcode, bhs, data),
        Some(task) => for_task(back, conn, task, opcode, bhs, data),
    }
}

/// A header as what its opcode says.
///
/// # Errors
///
/// [`ConnectionError::Protocol`] never, in fact: every header is as long as every other.
pub(crate) fn view<T: Header>(bhs: &[u8; BHS_LEN]) -> Result<&T, ConnectionError> {
    T::view(bhs).map_err(|_| ConnectionError::Protocol)
}

/// Moves the command window on. ExpCmdSN and MaxCmdSN are where a NOP-In has them in every response.
pub(crate) fn update_window(
    back: &mut Back<'_>,
    bhs: &[u8; BHS_LEN],
) -> Result<(), ConnectionError> {
    let header: &NopIn = view(bhs)?;
    back.update_window(header.exp_cmd_sn.get(), header.max_cmd_sn.get());
    Ok(())
}

fn require_no_data(data: &[u8]) -> Result<(), ConnectionError> {
    if data.is_empty() {
        Ok(())
    } else {
        Err(ConnectionError::Protocol)
    }
}

/// Acts on what answers no task.
fn for_nobody<'a>(
    back: &mut Back<'a>,
    conn: &'a Connection,
    opcode: ResponseOpcode,
    bhs: &[u8; BHS_LEN],
    data: &[u8],
) -> Result<(), ConnectionError> {
    update_window(back, bhs)?;
    match opcode {
        ResponseOpcode::NopIn => {
            require_no_data(data)?;
            let header: &NopIn = view(bhs)?;
            if let Ok(NopInRole::Ping(ttt)) = header.role() {
                let lun = header.lun;
                back.unlocked(|| nop::reply(&mut conn.session().lock_frwd(), conn, lun, ttt));
            }
            Ok(())
        }
        ResponseOpcode::Reject => reject::receive(back, conn, view(bhs)?, data),
        ResponseOpcode::AsyncMessage => {
            let header: &AsyncMessage = view(bhs)?;
            conn.acknowledge(header.stat_sn.get(), back);
            conn.pass_on(bhs, data)
        }
        _ => Err(ConnectionError::Opcode),
    }
}

/// Acts on what answers a task, if that waits for it.
fn for_task<'a>(
    back: &mut Back<'a>,
    conn: &'a Connection,
    task: Task<'a>,
    opcode: ResponseOpcode,
    bhs: &[u8; BHS_LEN],
    data: &[u8],
) -> Result<(), ConnectionError> {
    if matches!(
        opcode,
        ResponseOpcode::AsyncMessage | ResponseOpcode::Reject
    ) {
        return Err(ConnectionError::Opcode);
    }
    match answer::to_task(opcode, task.request(back), task.progress()) {
        Verdict::Refuse => return Err(ConnectionError::TaskTag),
        Verdict::Ignore => return Ok(()),
        Verdict::Accept => {}
    }
    match opcode {
        // The transport's to act on, if it has any.
        ResponseOpcode::R2t => Ok(()),
        ResponseOpcode::ScsiResponse => scsi_response::receive(back, conn, task, view(bhs)?, data),
        ResponseOpcode::DataIn => scsi_response::receive_with_data(back, conn, task, view(bhs)?),
        ResponseOpcode::TaskManagementResponse => {
            require_no_data(data)?;
            let header: &TaskManagementResponse = view(bhs)?;
            update_window(back, bhs)?;
            task_management::answered(back, conn, task, header);
            task.complete(TaskState::Completed, back);
            Ok(())
        }
        ResponseOpcode::NopIn => {
            require_no_data(data)?;
            let header: &NopIn = view(bhs)?;
            header.role().map_err(|_| ConnectionError::Protocol)?;
            update_window(back, bhs)?;
            conn.acknowledge(header.stat_sn.get(), back);
            nop::answered(back, conn, task, bhs)
        }
        ResponseOpcode::LogoutResponse => {
            require_no_data(data)?;
            let header: &LogoutResponse = view(bhs)?;
            conn.acknowledge(header.stat_sn.get(), back);
            for_user_space(back, conn, task, bhs, data)
        }
        // User space keeps the numbers of a login itself.
        ResponseOpcode::LoginResponse | ResponseOpcode::TextResponse => {
            for_user_space(back, conn, task, bhs, data)
        }
        ResponseOpcode::AsyncMessage | ResponseOpcode::Reject => Err(ConnectionError::Opcode),
    }
}

/// Passes on the answer to a request of user space.
fn for_user_space(
    back: &mut Back<'_>,
    conn: &Connection,
    task: Task<'_>,
    bhs: &[u8; BHS_LEN],
    data: &[u8],
) -> Result<(), ConnectionError> {
    update_window(back, bhs)?;
    let passed_on = conn.pass_on(bhs, data);
    task.complete(TaskState::Completed, back);
    passed_on
}
