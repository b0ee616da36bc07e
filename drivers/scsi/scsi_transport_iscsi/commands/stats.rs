// SPDX-License-Identifier: GPL-2.0

//! Answers that go to everybody: the counters of connections and hosts, and the CHAP tables of hosts.
//!
//! They are sent once: if nobody listens, nobody does the next time, and whoever asked is told.

use super::{
    refused,
    turn,
    Call, //
};
use crate::netlink;
use iscsi_abi::class::{
    ops::{
        Operation,
        HOST_STATS_LEN,
        STATS_LEN, //
    },
    Connection, //
};
use iscsi_kernel::{
    net::netlink::{
        Allocation,
        Message, //
    },
    printk::{
        print,
        Level, //
    }, //
};
use iscsi_proto::netlink::{
    payload,
    EventBuf,
    EVENT_LEN,
    GROUP_ISCSID, //
};
use kernel::prelude::*;

/// Tells the counters of a connection.
///
/// # Errors
///
/// `EEXIST` when there is no such connection, `ENOMEM`, `ESRCH` when nobody listens.
pub(super) fn of_connection(call: &Call<'_>, names: (u32, u32)) -> Result {
    let count = |conn: &Connection| count(call, names, conn);
    let message = turn::with_connection(call.registered, names, count).ok_or(EEXIST)??;
    netlink::multicast(message, GROUP_ISCSID, Allocation::Atomic)
}

fn count(call: &Call<'_>, (sid, cid): (u32, u32), conn: &Connection) -> Result<Message> {
    let event = EventBuf::stats(call.registered.handle(), sid, cid);
    let mut message = netlink::message(&[event.as_bytes()], STATS_LEN, Allocation::Atomic)
        .inspect_err(|_| dev_err!(conn.as_dev(), "can not deliver stats: OOM\n"))?;
    let room = behind_event(&mut message)
        .first_chunk_mut::<STATS_LEN>()
        .ok_or(EINVAL)?;
    let len = call.registered.transport().get_stats(conn, room)?;
    message.truncate(EVENT_LEN.saturating_add(len));
    Ok(message)
}

/// Tells the counters of a host.
///
/// # Errors
///
/// `ENOSYS` when the transport cannot, `ENODEV` when there is no such host, `ENOMEM`, `ESRCH` when
/// nobody listens; what the transport says.
pub(super) fn of_host(call: &Call<'_>, host: u32) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    transport.require(Operation::GetHostStats)?;
    let what = "iscsi_get_host_stats: failed. Could not";
    let host = turn::find_host(call.registered, host, what)?;
    let event = EventBuf::host_stats(call.registered.handle(), host.number());
    let mut message =
        netlink::message(&[event.as_bytes()], HOST_STATS_LEN, Allocation::Sleeping)
            .inspect_err(|_| print(Level::Error, fmt!("cannot deliver host stats: OOM\n")))?;
    let room = behind_event(&mut message)
        .first_chunk_mut::<HOST_STATS_LEN>()
        .ok_or(EINVAL)?;
    transport.get_host_stats(&host, room)?;
    netlink::multicast(message, GROUP_ISCSID, Allocation::Sleeping)
}

/// Tells the CHAP records of a host: as many as were asked for, of which the first are valid.
///
/// # Errors
///
/// `EINVAL` when the transport cannot, or nobody can want as many; `ENODEV` when there is no such
/// host, `ENOMEM`, `ESRCH` when nobody listens.
pub(super) fn chap(call: &Call<'_>, host: u32, records: u32, first: u16) -> Result {
    let _turn = turn::of_transport(call.registered);
    let transport = call.registered.transport();
    transport.require(Operation::GetChap)?;
    let room = payload::chap_len(records).map_err(refused)?;
    let host = turn::find_host(call.registered, host, "iscsi_get_chap: failed. Could not")?;
    let mut message = netlink::message(&[], EVENT_LEN.saturating_add(room), Allocation::Sleeping)
        .inspect_err(|_| print(Level::Error, fmt!("can not deliver chap: OOM\n")))?;
    let mut count = records;
    // User space goes by the number of records, whatever else the transport says.
    let _ = transport.get_chap(&host, first, &mut count, behind_event(&mut message));
    let event = EventBuf::chap(call.registered.handle(), host.number(), count, first);
    for (to, from) in message.payload_mut().iter_mut().zip(event.as_bytes()) {
        *to = *from;
    }
    netlink::multicast(message, GROUP_ISCSID, Allocation::Sleeping)
}

/// What comes behind the event of a message.
fn behind_event(message: &mut Message) -> &mut [u8] {
    message
        .payload_mut()
        .get_mut(EVENT_LEN..)
        .unwrap_or_default()
}
