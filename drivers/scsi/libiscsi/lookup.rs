// SPDX-License-Identifier: GPL-2.0

//! Initiator Task Tags (RFC 7143, section 11.2.1.8): which task a target means.

use iscsi_abi::{
    error::ConnectionError,
    libiscsi::{
        Back,
        Connection,
        Task, //
    }, //
};
use iscsi_kernel::printk::dev_err_ratelimited;
use iscsi_proto::tag::{
    InitiatorTaskTag, //
    Itt,
};

/// The task that a tag names, or [`None`] for the reserved tag.
///
/// # Errors
///
/// [`ConnectionError::TaskTag`] when it names none, or one of another time.
pub(crate) fn task_of_tag(
    conn: &Connection,
    itt: InitiatorTaskTag,
) -> Result<Option<Task<'_>>, ConnectionError> {
    let session = conn.session();
    if itt.is_reserved() {
        return Ok(None);
    }
    let task = match session.transport().parse_tag(conn, itt) {
        Some((index, age)) => u32::try_from(age)
            .is_ok_and(|age| age == session.age())
            .then(|| task_at(conn, index))
            .flatten(),
        None => match itt.verify(session.age(), session.task_count()) {
            Ok(Some(index)) => session.task(u32::from(index)),
            _ => None,
        },
    };
    task.map(Some).ok_or_else(|| {
        dev_err_ratelimited(
            conn.as_dev(),
            format_args!(
                "a PDU with the task tag {:#x}: there are tasks 0 to {} of session age {}\n",
                u32::from_ne_bytes(itt.to_bytes()),
                session.task_count().wrapping_sub(1),
                session.age()
            ),
        );
        ConnectionError::TaskTag
    })
}

/// The task that the index part of a tag names.
///
/// For transports whose tags may come without a session age.
pub(crate) fn task_of_index(conn: &Connection, itt: InitiatorTaskTag) -> Option<Task<'_>> {
    if itt.is_reserved() {
        return None;
    }
    match conn.session().transport().parse_tag_index(conn, itt) {
        Some(index) => task_at(conn, index),
        None => {
            let index = u32::from_ne_bytes(itt.to_bytes()) & Itt::INDEX_MASK;
            conn.session().task(index)
        }
    }
}

/// The index comes from a transport, which may have made it from anything.
fn task_at(conn: &Connection, index: i32) -> Option<Task<'_>> {
    conn.session().task(u32::try_from(index).ok()?)
}

/// The task that a tag names, if it is a SCSI command of this session age.
pub(crate) fn command_of_tag<'a>(
    back: &Back<'_>,
    conn: &'a Connection,
    itt: InitiatorTaskTag,
) -> Option<Task<'a>> {
    let task = task_of_tag(conn, itt).ok()??;
    (task.command_age(back)? == conn.session().age()).then_some(task)
}
