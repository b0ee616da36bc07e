// SPDX-License-Identifier: GPL-2.0

//! From the socket to libiscsi_tcp.

use crate::{
    debug::debug,
    params,
    transport::SwTcp, //
};
use iscsi_abi::{
    connection::Connection,
    error::ConnectionError, //
};
use iscsi_kernel::net::{
    LockedTcpSock,
    Skb,
    TcpSock, //
};

/// Where a connection receives. Chosen when it is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReceiveMode {
    /// In the softirq that delivers the data.
    Softirq,
    /// In a worker, on the same queue as the transmit worker, which therefore may not block.
    Worker,
}

impl ReceiveMode {
    /// The mode of connections created now.
    pub(crate) fn of_new_connections() -> Self {
        if params::receive_in_worker() {
            Self::Worker
        } else {
            Self::Softirq
        }
    }
}

/// Data has arrived.
pub(crate) fn data_ready(conn: &Connection<SwTcp>, sock: &LockedTcpSock<'_>) {
    match conn.data() {
        ReceiveMode::Softirq => receive(conn, sock),
        ReceiveMode::Worker => conn.queue_receive(),
    }
}

/// Reads all that the socket has.
pub(crate) fn receive(conn: &Connection<SwTcp>, sock: &LockedTcpSock<'_>) {
    // Fails only when the socket is not connected, which the state tells.
    let _ = sock.read_tcp(|skb, offset, len| consume(conn, skb, offset, len));
    if sock.has_urgent_data() {
        // iSCSI has none, and the stream ends here: reading never gets past it.
        conn.fail(ConnectionError::Protocol);
    }
    check_state(conn, sock.sock());
}

/// Feeds one buffer to libiscsi_tcp. Returns how many of its bytes were taken.
fn consume(conn: &Connection<SwTcp>, skb: &Skb<'_>, start: u32, len: usize) -> usize {
    debug!(conn, "in {} bytes\n", len);
    if skb.len().wrapping_sub(start) as usize != len {
        // Urgent data follows. libiscsi_tcp would read on, to the end of the buffer.
        return 0;
    }
    let mut offset = start;
    loop {
        let (taken, buffer_done) = conn.receive(skb, offset);
        offset = offset.wrapping_add(taken as u32);
        if taken == 0 || buffer_done {
            break;
        }
    }
    let total = offset.wrapping_sub(start) as usize;
    debug!(conn, "read {} of {} bytes\n", total, len);
    total
}

/// Reports the end of a connection that the peer closed, once all it sent has been read.
pub(crate) fn check_state(conn: &Connection<SwTcp>, sock: &TcpSock) {
    if sock.is_drained_and_closed() && !conn.session().is_logging_out() {
        debug!(conn, "closed by the peer\n");
        conn.fail(ConnectionError::TcpClosed);
    }
}
