// SPDX-License-Identifier: GPL-2.0

//! What the kernel tells everybody in the group of iscsid.

use crate::message::{ConnId, Message};
use crate::pdu::Header;
use std::fmt;

/// Why a connection failed: `enum iscsi_err`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConnError(pub(crate) u32);

impl ConnError {
    pub(crate) const BAD_OPCODE: Self = Self(1005);
    pub(crate) const PROTOCOL: Self = Self(1008);
    pub(crate) const XMIT_FAILED: Self = Self(1019);
}

impl fmt::Debug for ConnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ConnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 22] = [
            "DATASN",
            "DATA_OFFSET",
            "MAX_CMDSN",
            "EXP_CMDSN",
            "BAD_OPCODE",
            "DATALEN",
            "AHSLEN",
            "PROTO",
            "LUN",
            "BAD_ITT",
            "CONN_FAILED",
            "R2TSN",
            "SESSION_FAILED",
            "HDR_DGST",
            "DATA_DGST",
            "PARAM_NOT_FOUND",
            "NO_SCSI_CMD",
            "INVALID_HOST",
            "XMIT_FAILED",
            "TCP_CONN_CLOSE",
            "SCSI_EH_SESSION_RST",
            "NOP_TIMEDOUT",
        ];
        let index = (self.0 as usize).wrapping_sub(1001);
        let name = NAMES.get(index).unwrap_or(&"unknown");
        write!(f, "{} {name}", self.0)
    }
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A PDU for the daemon has arrived.
    ReceivedPdu {
        conn: ConnId,
        header: Header,
        data: Vec<u8>,
    },
    /// A connection has failed.
    ConnFailed { conn: ConnId, error: ConnError },
    /// A session is in sysfs.
    SessionCreated { session: u32, host: u32 },
    /// The target of a session is gone from the SCSI layer.
    SessionUnbound { session: u32, host: u32 },
    /// A session is being freed.
    SessionDestroyed { session: u32, host: u32 },
    /// Something else, which a software transport does not send.
    Other(u32),
}

impl From<Message> for Event {
    fn from(message: Message) -> Self {
        let words = (message.reply(0), message.reply(1));
        let conn = ConnId {
            session: words.0,
            conn: words.1,
        };
        match message.number() {
            101 => match message.payload.split_first_chunk() {
                Some((header, data)) => Self::ReceivedPdu {
                    conn,
                    header: Header(*header),
                    data: data.to_vec(),
                },
                None => Self::Other(101),
            },
            102 => Self::ConnFailed {
                conn,
                error: ConnError(message.reply(2)),
            },
            104 => Self::SessionDestroyed {
                host: words.0,
                session: words.1,
            },
            105 => Self::SessionUnbound {
                session: words.0,
                host: words.1,
            },
            106 => Self::SessionCreated {
                session: words.0,
                host: words.1,
            },
            number => Self::Other(number),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReceivedPdu { conn, header, data } => write!(
                f,
                "RECV_PDU connection {}:{} opcode {:#04x} with {} bytes of data",
                conn.session,
                conn.conn,
                header.opcode(),
                data.len()
            ),
            Self::ConnFailed { conn, error } => write!(
                f,
                "CONN_ERROR connection {}:{} {error}",
                conn.session, conn.conn
            ),
            Self::SessionCreated { session, host } => {
                write!(f, "CREATE_SESSION session {session} host {host}")
            }
            Self::SessionUnbound { session, host } => {
                write!(f, "UNBIND_SESSION session {session} host {host}")
            }
            Self::SessionDestroyed { session, host } => {
                write!(f, "DESTROY_SESSION session {session} host {host}")
            }
            Self::Other(number) => write!(f, "event {number}"),
        }
    }
}
