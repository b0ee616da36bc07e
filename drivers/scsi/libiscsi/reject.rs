// SPDX-License-Identifier: GPL-2.0

//! Rejects (RFC 7143, section 11.17).

use crate::{
    lookup,
    nop, //
};
use iscsi_abi::{
    error::ConnectionError,
    libiscsi::{
        Back,
        Connection, //
    }, //
};
use iscsi_kernel::printk::dev_err_ratelimited;
use iscsi_proto::{
    answer::{
        self,
        Verdict, //
    },
    bhs::Reject,
    opcode::ResponseOpcode,
    pdu::BHS_LEN,
    reject::{
        Action,
        Rejected, //
    },
    tag::InitiatorTaskTag,
    task::TaskState, //
};

/// Acts on a Reject with its data segment: the header of what is rejected.
///
/// # Errors
///
/// [`ConnectionError::Protocol`] without a whole header, [`ConnectionError::TaskTag`] when the header
/// is that of a ping which was not sent.
pub(crate) fn receive<'a>(
    back: &mut Back<'a>,
    conn: &'a Connection,
    header: &Reject,
    data: &[u8],
) -> Result<(), ConnectionError> {
    conn.acknowledge(header.stat_sn.get(), back);
    let rejected = Rejected::parse(data).map_err(|_| {
        dev_err_ratelimited(
            conn.as_dev(),
            format_args!(
                "a Reject with {} bytes of data: the rejected header has {}\n",
                data.len(),
                BHS_LEN
            ),
        );
        ConnectionError::Protocol
    })?;
    dev_err_ratelimited(
        conn.as_dev(),
        format_args!(
            "the target rejects a PDU for reason {:#x}: {:?}\n",
            header.reason, rejected
        ),
    );
    let Ok(reason) = header.reason_code() else {
        return Ok(());
    };
    match rejected.action(reason) {
        Action::Log => Ok(()),
        Action::ResendAnswer { lun, ttt } => {
            back.unlocked(|| nop::reply(&mut conn.session().lock_frwd(), conn, lun, ttt));
            Ok(())
        }
        Action::CompletePing { itt } => complete_ping(back, conn, itt),
    }
}

/// The target had no room for a ping, so it is alive, and the ping answered as far as it can be. What
/// user space pinged for is left to its time-out.
fn complete_ping(
    back: &mut Back<'_>,
    conn: &Connection,
    itt: InitiatorTaskTag,
) -> Result<(), ConnectionError> {
    let task = lookup::task_of_tag(conn, itt)?.ok_or(ConnectionError::TaskTag)?;
    match answer::to_task(ResponseOpcode::NopIn, task.request(back), task.progress()) {
        Verdict::Refuse => return Err(ConnectionError::TaskTag),
        Verdict::Accept if conn.is_ping(task) => task.complete(TaskState::Completed, back),
        Verdict::Accept | Verdict::Ignore => {}
    }
    Ok(())
}
