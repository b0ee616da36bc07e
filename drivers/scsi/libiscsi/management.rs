// SPDX-License-Identifier: GPL-2.0

//! Management requests: everything that is sent but SCSI commands and their data.

use crate::debug::debug_session;
use iscsi_abi::libiscsi::{
    Connection,
    Frwd,
    TaskRef,
    RESPONSE_MAX_LEN, //
};
use iscsi_kernel::{
    compat::code::ENOTCONN,
    printk::dev_err_ratelimited, //
};
use iscsi_proto::{
    bhs::{
        Bhs,
        Header,
        NopOut, //
    },
    connection::ConnectionStage,
    opcode::RequestOpcode,
    pdu::BHS_LEN,
    session::{
        SessionEvent,
        SessionState, //
    }, //
};
use kernel::prelude::*;

/// Sends a request, or queues it. A tag other than the reserved one is replaced by that of a task
/// which waits for the answer.
///
/// # Errors
///
/// `ENOTCONN` when nothing of the kind can be sent in this state, `EBUSY` while another login or text
/// request waits for its answer, `ENOMEM` without a task, `EINVAL` for data that cannot be sent; or
/// what the transport says.
pub(crate) fn send<'a>(
    frwd: &mut Frwd<'a>,
    conn: &'a Connection,
    bhs: &[u8; BHS_LEN],
    data: &[u8],
) -> Result {
    let task = new_task(frwd, conn, bhs, data)?;
    submit(frwd, conn, task)
}

/// Sends a request of user space, as [`send`] does. May sleep.
///
/// # Errors
///
/// As for [`send`].
pub(crate) fn send_for_user_space(conn: &Connection, bhs: &[u8; BHS_LEN], data: &[u8]) -> Result {
    conn.settle_login_task();
    send(&mut conn.session().lock_frwd(), conn, bhs, data)
}

/// Makes a task of a request.
///
/// # Errors
///
/// As for [`send`].
pub(crate) fn new_task<'a>(
    frwd: &mut Frwd<'a>,
    conn: &'a Connection,
    bhs: &[u8; BHS_LEN],
    data: &[u8],
) -> Result<TaskRef<'a>> {
    let mut header = *Bhs::view(bhs).map_err(|_| EINVAL)?;
    let opcode = RequestOpcode::try_from(header.opcode.code()).map_err(|_| EINVAL)?;
    let state = frwd.session().state();
    if state == SessionState::Terminated || !conn.is_bound() {
        return Err(ENOTCONN);
    }
    // Before there is a task: when that is freed, a transport cleans up what it allocates below (qla4xxx).
    if data.len() > data_room(opcode) {
        dev_err_ratelimited(
            conn.as_dev(),
            format_args!(
                "a request with opcode {:#x} cannot have {} bytes of data: {} is the limit of login and text requests, and others have none\n",
                header.opcode.code(),
                data.len(),
                RESPONSE_MAX_LEN
            ),
        );
        return Err(EINVAL);
    }
    let mut task = if is_login_or_text(opcode) {
        login_task(frwd, conn)?
    } else {
        if state != SessionState::LoggedIn || conn.stage(frwd) != ConnectionStage::Started {
            return Err(ENOTCONN);
        }
        frwd.new_management_task(conn).ok_or(ENOMEM)?
    };
    if !task.set_data(data) {
        return Err(EINVAL);
    }
    let session = frwd.session();
    session.transport().alloc_pdu(&task, header.opcode.bits())?;
    if !header.itt.is_reserved() {
        header.itt = task.tag(session.age());
    }
    *task.bhs().ok_or(EINVAL)? = header.to_bytes();
    task.set_header_len(BHS_LEN);
    Ok(task)
}

/// How much data a request may have, in bytes.
fn data_room(opcode: RequestOpcode) -> usize {
    if is_login_or_text(opcode) {
        RESPONSE_MAX_LEN as usize
    } else {
        0
    }
}

fn is_login_or_text(opcode: RequestOpcode) -> bool {
    matches!(
        opcode,
        RequestOpcode::LoginRequest | RequestOpcode::TextRequest
    )
}

/// Login and text requests follow one another, so there is one task for them all.
fn login_task<'a>(frwd: &mut Frwd<'a>, conn: &'a Connection) -> Result<TaskRef<'a>> {
    frwd.new_login_task(conn).ok_or_else(|| {
        dev_err_ratelimited(
            conn.as_dev(),
            format_args!("another login or text request is still without its answer\n"),
        );
        EBUSY
    })
}

/// Sends the request of a task, or queues it: the task is its completion's from then on.
///
/// # Errors
///
/// What the transport says. The task is given up then.
pub(crate) fn submit<'a>(
    frwd: &mut Frwd<'a>,
    conn: &'a Connection,
    mut task: TaskRef<'a>,
) -> Result {
    if frwd.session().has_worker() {
        conn.management_queue(frwd).push_back(task.leave());
        conn.wake_transmit();
        return Ok(());
    }
    prepare(frwd, conn, &mut task)?;
    frwd.session().transport().xmit_task(&task)?;
    task.leave();
    Ok(())
}

/// Completes the header of a request that is about to be sent, from which moment on it may get
/// responses.
///
/// # Errors
///
/// `ENOTCONN` after a logout; or what the transport says.
pub(crate) fn prepare<'a>(
    frwd: &mut Frwd<'a>,
    conn: &'a Connection,
    task: &mut TaskRef<'a>,
) -> Result {
    if frwd.session().state() == SessionState::LoggingOut {
        return Err(ENOTCONN);
    }
    let cmd_sn = frwd.cmd_sn();
    let bhs = task.bhs().ok_or(EINVAL)?;
    // All requests have these fields where a NOP-Out has them.
    let mut header = *NopOut::view(bhs).map_err(|_| EINVAL)?;
    let opcode = RequestOpcode::try_from(header.opcode.code()).map_err(|_| EINVAL)?;
    header.cmd_sn = cmd_sn.into();
    // User space knows what it has seen of a login.
    if !is_login_or_text(opcode) {
        header.exp_stat_sn = conn.exp_stat_sn().into();
    }
    *bhs = header.to_bytes();
    let counts = !header.itt.is_reserved() && !header.opcode.is_immediate();
    if counts && conn.stage(frwd) == ConnectionStage::Started {
        let queued = frwd.queued_cmd_sn().next();
        frwd.set_queued_cmd_sn(queued);
        frwd.set_cmd_sn(cmd_sn.next());
    }
    frwd.session().transport().init_task(task)?;
    if opcode == RequestOpcode::LogoutRequest {
        frwd.note(SessionEvent::LogoutSent);
    }
    task.begin_running(frwd);
    debug_session!(
        frwd.session(),
        "task {} is a {:?} with CmdSN {}\n",
        task.index(),
        opcode,
        cmd_sn.get()
    );
    Ok(())
}
