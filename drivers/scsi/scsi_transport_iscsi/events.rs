// SPDX-License-Identifier: GPL-2.0

//! What the class and its transports tell user space.
//!
//! Nothing waits for what comes of an event: it is lost if nobody listens.

use crate::{
    cleanup,
    debug::debug_session,
    netlink,
    registry, //
};
use iscsi_abi::{
    class::{
        Connection,
        Host,
        Session,
        Transport, //
    },
    error::{
        ConnectionError,
        ErrorCode, //
    }, //
};
use iscsi_kernel::{
    mm::NoIo,
    net::netlink::{
        Allocation,
        Message, //
    },
    printk::{
        print,
        Level, //
    }, //
};
use iscsi_proto::{
    netlink::{
        EventBuf,
        OffloadEvent,
        SessionEvent,
        GROUP_ISCSID,
        GROUP_UIP, //
    },
    pdu::BHS_LEN, //
};
use kernel::prelude::*;

/// The most data of a PDU that iscsid has room for.
const PDU_DATA_MAX_LEN: usize = 8192;

/// What has become of a session. May sleep.
///
/// # Errors
///
/// `ENOMEM`; `ESRCH` when nobody listens, which is no fault: whoever comes later looks at the
/// sessions there are.
pub(crate) fn session(session: &Session, event: SessionEvent) -> Result {
    let number = event.number();
    let handle = session.registered().handle();
    let event = EventBuf::session(event, handle, session.host().number(), session.sid());
    let message =
        netlink::message(&[event.as_bytes()], 0, Allocation::Sleeping).inspect_err(|_| {
            dev_err!(
                session.as_dev(),
                "Cannot notify userspace of session event {number}\n"
            );
        })?;
    let sent = netlink::multicast(message, GROUP_ISCSID, Allocation::Sleeping);
    if sent == Err(ESRCH) {
        dev_err!(
            session.as_dev(),
            "Cannot notify userspace of session event {number}. Check iscsi daemon\n"
        );
    }
    debug_session!(
        session,
        "Completed handling event {number} rc {}\n",
        sent.map_or_else(Error::to_errno, |()| 0)
    );
    sent
}

/// A session event that there is none of.
///
/// # Errors
///
/// `EINVAL`.
pub(crate) fn invalid_session_event(session: &Session, number: u32) -> Result {
    dev_err!(session.as_dev(), "Invalid event {number}.\n");
    Err(EINVAL)
}

/// A PDU that user space has to answer, or has waited for. Any context.
///
/// # Errors
///
/// `EMSGSIZE` when there is too much data for iscsid; `ENOMEM`: the connection is told to be broken then.
/// `ESRCH` when nobody listens. All of them break the connection, as far as its transport is concerned.
pub(crate) fn received_pdu(conn: &Connection, header: &[u8; BHS_LEN], data: &[u8]) -> Result {
    if data.len() > PDU_DATA_MAX_LEN {
        let len = data.len();
        dev_err!(conn.as_dev(), "can not deliver control PDU: {len} bytes\n");
        return Err(EMSGSIZE);
    }
    let session = conn.session();
    let event = EventBuf::received_pdu(session.registered().handle(), session.sid(), conn.cid());
    let parts: [&[u8]; 3] = [event.as_bytes(), header, data];
    match netlink::message(&parts, 0, Allocation::Atomic) {
        Ok(message) => netlink::multicast(message, GROUP_ISCSID, Allocation::Atomic),
        Err(error) => {
            let failed = ErrorCode::from(ConnectionError::ConnectionFailed);
            connection_error(conn, failed.as_raw());
            dev_err!(conn.as_dev(), "can not deliver control PDU: OOM\n");
            Err(error)
        }
    }
}

/// A connection that broke, and why. Any context.
///
/// The class ends what is going on over it, whether anybody listens or not.
pub(crate) fn connection_error(conn: &Connection, error: u32) {
    let message = connection_error_message(conn, error, Allocation::Atomic);
    cleanup::on_error(conn, message.is_err().then_some(error));
    let Ok(message) = message else {
        dev_err!(conn.as_dev(), "gracefully ignored conn error ({error})\n");
        return;
    };
    // Whoever does not listen finds the connection in that state when he comes.
    let _ = netlink::multicast(message, GROUP_ISCSID, Allocation::Atomic);
    dev_info!(conn.as_dev(), "detected conn error ({error})\n");
}

/// As [`connection_error`], when there was no memory for it before. May sleep, without I/O.
pub(crate) fn connection_error_late(conn: &Connection, error: u32) {
    let _scope = NoIo::new();
    let Ok(message) = connection_error_message(conn, error, Allocation::Sleeping) else {
        dev_err!(
            conn.as_dev(),
            "user space was not told of conn error ({error})\n"
        );
        return;
    };
    // As above.
    let _ = netlink::multicast(message, GROUP_ISCSID, Allocation::Sleeping);
    dev_info!(conn.as_dev(), "detected conn error ({error})\n");
}

fn connection_error_message(
    conn: &Connection,
    error: u32,
    allocation: Allocation,
) -> Result<Message> {
    let session = conn.session();
    let handle = session.registered().handle();
    let event = EventBuf::connection_error(handle, session.sid(), conn.cid(), error);
    netlink::message(&[event.as_bytes()], 0, allocation)
}

/// How far the login of a connection is that the transport does itself. Any context.
pub(crate) fn login_state(conn: &Connection, state: u32) {
    let session = conn.session();
    let handle = session.registered().handle();
    let event = EventBuf::login_state(handle, session.sid(), conn.cid(), state);
    let Ok(message) = netlink::message(&[event.as_bytes()], 0, Allocation::Atomic) else {
        dev_err!(conn.as_dev(), "gracefully ignored conn login ({state})\n");
        return;
    };
    // As above.
    let _ = netlink::multicast(message, GROUP_ISCSID, Allocation::Atomic);
    dev_info!(conn.as_dev(), "detected conn login ({state})\n");
}

/// What a host wants of iscsiuio, the daemon of offload adapters. Any context.
///
/// # Errors
///
/// `ENOMEM`; `ESRCH` when it does not run.
pub(crate) fn offload(host: &Host, event: OffloadEvent, data: &[u8]) -> Result {
    let handle = host.registered().handle();
    let event = match event {
        OffloadEvent::PathRequest => EventBuf::path_request(handle, host.number()),
        OffloadEvent::InterfaceDown => EventBuf::interface_down(handle, host.number()),
    };
    let message =
        netlink::message(&[event.as_bytes(), data], 0, Allocation::Atomic).inspect_err(|_| {
            print(
                Level::Error,
                fmt!("can not deliver iscsi offload message:OOM\n"),
            )
        })?;
    netlink::multicast(message, GROUP_UIP, Allocation::Atomic)
}

/// Something that happened to a host. May sleep, without I/O.
pub(crate) fn host_event(transport: &Transport, host: u32, code: u32, data: &[u8]) {
    let _scope = NoIo::new();
    let sent = addressed(transport, data, |handle, len| {
        EventBuf::host_event(handle, host, code, len)
    });
    if sent == Err(ENOMEM) {
        print(
            Level::Error,
            fmt!("gracefully ignored host event ({host}):{code} OOM\n"),
        );
    }
}

/// What became of a ping. May sleep, without I/O.
pub(crate) fn ping_complete(transport: &Transport, host: u32, status: u32, id: u32, data: &[u8]) {
    let _scope = NoIo::new();
    let sent = addressed(transport, data, |handle, len| {
        EventBuf::ping_complete(handle, host, status, id, len)
    });
    if sent == Err(ENOMEM) {
        print(Level::Error, fmt!("gracefully ignored ping comp: OOM\n"));
    }
}

/// Sends an event of a transport that is known by its table alone.
fn addressed(
    transport: &Transport,
    data: &[u8],
    event: impl FnOnce(u64, u32) -> EventBuf,
) -> Result {
    let registered = registry::find_transport(transport).ok_or(EINVAL)?;
    let len = u32::try_from(data.len()).map_err(|_| EMSGSIZE)?;
    let event = event(registered.handle(), len);
    let message = netlink::message(&[event.as_bytes(), data], 0, Allocation::Sleeping)?;
    netlink::multicast(message, GROUP_ISCSID, Allocation::Sleeping)
}
