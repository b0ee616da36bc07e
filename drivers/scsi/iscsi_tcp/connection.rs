// SPDX-License-Identifier: GPL-2.0

//! The life of a connection, between user space and its socket.

use crate::{
    debug::debug,
    transport::SwTcp, //
};
use iscsi_abi::{
    connection::{
        ClsConnection,
        Connection, //
    },
    transport::StopFlag, //
};
use iscsi_kernel::{
    mm::NoIo,
    net::TcpSocket, //
};
use kernel::{
    dev_err,
    dev_notice,
    prelude::*, //
};

/// Binds a connection to the TCP socket behind `fd`, which the calling process owns.
///
/// # Errors
///
/// `EEXIST` when there is no such socket (the number user space has always got), `EINVAL` when it
/// is not TCP, `EBUSY` when the connection or the socket is bound already, `ENOMEM`.
pub(crate) fn bind(conn: &ClsConnection<SwTcp>, fd: u64, leading: bool) -> Result {
    // The session may be that of the disk memory is written to.
    let _scope = NoIo::new();
    // A descriptor that does not fit an `int` is cut, as everywhere in this interface.
    let socket = TcpSocket::from_fd(fd as i32).map_err(|error| {
        if error == EINVAL {
            dev_err!(
                conn.as_dev(),
                "cannot bind: the socket is not a TCP stream over IPv4 or IPv6\n"
            );
            return error;
        }
        dev_err!(
            conn.as_dev(),
            "cannot bind: descriptor {} is no socket of the calling process ({})\n",
            fd,
            error.to_errno()
        );
        EEXIST
    })?;
    conn.connection()
        .bind(socket, leading)
        .inspect_err(|error| {
            if *error == EBUSY {
                dev_err!(
                    conn.as_dev(),
                    "cannot bind: connection or socket is bound already, stop it first\n"
                );
            }
        })
}

/// Lets the session use a connection that has logged in.
///
/// # Errors
///
/// `EINVAL` for burst lengths that contradict each other.
pub(crate) fn start(cls: &ClsConnection<SwTcp>) -> Result {
    let conn = cls.connection();
    if conn.has_data_digest() {
        require_stable_writes(conn);
    }
    cls.start()
}

/// Asks the devices for stable writes: they may have been configured before the data digest was
/// negotiated, by an earlier login.
fn require_stable_writes(conn: &Connection<SwTcp>) {
    conn.session().devices().for_each(|device| {
        if device.require_stable_writes().is_err() {
            dev_notice!(
                device.as_dev(),
                "limits are being changed: writes may fail their data digest until the next login\n"
            );
        }
    });
}

/// Takes a connection from its session and closes the socket.
pub(crate) fn stop(cls: &ClsConnection<SwTcp>, flag: StopFlag) {
    let conn = cls.connection();
    // Without one there is nothing to stop: user space stops before it ever binds, too.
    let Some(bound) = conn.socket_if_bound() else {
        return;
    };
    debug!(conn, "stop {}\n", flag.as_raw());
    // A sender that waits for room would hold up the suspension.
    bound.socket().sock().fail();
    conn.suspend_transmit();
    conn.release_socket();
    cls.stop(flag.as_raw());
}
