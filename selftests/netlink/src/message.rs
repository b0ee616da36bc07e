// SPDX-License-Identifier: GPL-2.0

//! What goes over the netlink socket: `struct nlmsghdr`, `struct iscsi_uevent` of
//! `include/scsi/iscsi_if.h`, and a payload.

use crate::error::{Error, Result};
use rustix::io::Errno;
use std::fmt::Write;

/// Length of `struct nlmsghdr`.
const NLMSGHDR_LEN: usize = 16;
/// Messages in one datagram start at multiples of this.
const NLMSG_ALIGN: usize = 4;
/// Length of `struct iscsi_uevent`.
const UEVENT_LEN: usize = 56;
/// Where its fields are: the transport's handle, the union of requests, and that of replies.
const HANDLE: usize = 8;
const REQUEST: usize = 16;
const REPLY: usize = 40;
/// Length of the union of requests.
pub(crate) const REQUEST_LEN: usize = REPLY - REQUEST;

/// The number of the answer that stands for an error.
pub(crate) const IF_ERROR: u32 = 103;

/// A connection, as user space names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConnId {
    /// The number of its session.
    pub(crate) session: u32,
    /// Its number in the session.
    pub(crate) conn: u32,
}

/// How a connection is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StopFlag {
    /// For good.
    Terminate = 1,
    /// For a while: a flag of the header that no kernel has ever had a use for.
    Suspend = 2,
    /// To be bound again.
    Recover = 3,
}

/// What a new session shall be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionRequest {
    /// The first CmdSN.
    pub(crate) initial_cmd_sn: u32,
    /// Number of commands.
    pub(crate) commands: u16,
    /// Commands of one logical unit.
    pub(crate) queue_depth: u16,
}

impl Default for SessionRequest {
    fn default() -> Self {
        Self {
            initial_cmd_sn: 1,
            commands: 128,
            queue_depth: 32,
        }
    }
}

/// A command to the kernel.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Request<'a> {
    CreateSession(SessionRequest),
    CreateBoundSession(u64, SessionRequest),
    DestroySession(u32),
    DestroySessionAsync(u32),
    UnbindSession(u32),
    CreateConn(ConnId),
    DestroyConn(ConnId),
    BindConn {
        conn: ConnId,
        handle: u64,
        leading: bool,
    },
    SetParam {
        conn: ConnId,
        param: u32,
        value: &'a str,
    },
    SetHostParam {
        host: u32,
        param: u32,
        value: &'a str,
    },
    StartConn(ConnId),
    StopConn(ConnId, StopFlag),
    SendPdu {
        conn: ConnId,
        header: &'a [u8],
        data: &'a [u8],
    },
    GetStats(ConnId),
    EndpointPoll(u64),
    EndpointDisconnect(u64),
}

impl Request<'_> {
    /// The command's name and number, `ISCSI_UEVENT_*`.
    fn id(&self) -> (&'static str, u16) {
        match self {
            Self::CreateSession(..) => ("CREATE_SESSION", 11),
            Self::DestroySession(..) => ("DESTROY_SESSION", 12),
            Self::DestroySessionAsync(..) => ("DESTROY_SESSION_ASYNC", 43),
            Self::CreateConn(..) => ("CREATE_CONN", 13),
            Self::DestroyConn(..) => ("DESTROY_CONN", 14),
            Self::BindConn { .. } => ("BIND_CONN", 15),
            Self::SetParam { .. } => ("SET_PARAM", 16),
            Self::StartConn(..) => ("START_CONN", 17),
            Self::StopConn(..) => ("STOP_CONN", 18),
            Self::SendPdu { .. } => ("SEND_PDU", 19),
            Self::GetStats(..) => ("GET_STATS", 20),
            Self::EndpointPoll(..) => ("TRANSPORT_EP_POLL", 23),
            Self::EndpointDisconnect(..) => ("TRANSPORT_EP_DISCONNECT", 24),
            Self::SetHostParam { .. } => ("SET_HOST_PARAM", 26),
            Self::UnbindSession(..) => ("UNBIND_SESSION", 27),
            Self::CreateBoundSession(..) => ("CREATE_BOUND_SESSION", 28),
        }
    }

    /// The command's name.
    pub(crate) fn name(&self) -> &'static str {
        self.id().0
    }

    /// The command's number.
    pub(crate) fn number(&self) -> u16 {
        self.id().1
    }

    /// The command's member of the union of requests.
    fn fields(&self) -> [u8; REQUEST_LEN] {
        let mut fields = Fields::default();
        match *self {
            Self::CreateSession(session) => fields.session(session),
            Self::CreateBoundSession(endpoint, session) => fields.u64(endpoint).session(session),
            // A poll does not wait.
            Self::EndpointPoll(endpoint) => fields.u64(endpoint).u32(0),
            Self::EndpointDisconnect(endpoint) => fields.u64(endpoint),
            Self::DestroySession(session)
            | Self::DestroySessionAsync(session)
            | Self::UnbindSession(session) => fields.u32(session),
            Self::CreateConn(conn)
            | Self::DestroyConn(conn)
            | Self::StartConn(conn)
            | Self::GetStats(conn) => fields.conn(conn),
            Self::BindConn {
                conn,
                handle,
                leading,
            } => fields.conn(conn).u64(handle).u32(leading.into()),
            Self::StopConn(conn, flag) => fields.conn(conn).u64(0).u32(flag as u32),
            Self::SetParam { conn, param, value } => {
                fields.conn(conn).u32(param).u32(text_len(value))
            }
            Self::SetHostParam { host, param, value } => {
                fields.u32(host).u32(param).u32(text_len(value))
            }
            Self::SendPdu { conn, header, data } => fields
                .conn(conn)
                .u32(header.len() as u32)
                .u32(data.len() as u32),
        };
        fields.bytes
    }

    /// What follows the `struct iscsi_uevent`.
    fn payload(&self) -> Vec<u8> {
        match self {
            Self::SetParam { value, .. } | Self::SetHostParam { value, .. } => {
                [value.as_bytes(), &[0]].concat()
            }
            Self::SendPdu { header, data, .. } => [*header, *data].concat(),
            _ => Vec::new(),
        }
    }

    /// The whole message, for the transport with this handle.
    pub(crate) fn encode(&self, transport: u64) -> Vec<u8> {
        encode(self.number(), transport, &self.fields(), &self.payload())
    }
}

/// A message with any content, for the transport with this handle.
pub(crate) fn encode(
    number: u16,
    transport: u64,
    fields: &[u8; REQUEST_LEN],
    payload: &[u8],
) -> Vec<u8> {
    let len = NLMSGHDR_LEN + UEVENT_LEN + payload.len();
    let mut bytes = Vec::with_capacity(len);
    bytes.extend((len as u32).to_ne_bytes());
    bytes.extend(number.to_ne_bytes());
    // Flags, sequence number and port: the kernel looks at none of them.
    bytes.extend([0; 10]);
    bytes.extend(u32::from(number).to_ne_bytes());
    bytes.extend([0; 4]);
    bytes.extend(transport.to_ne_bytes());
    bytes.extend(fields);
    bytes.resize(NLMSGHDR_LEN + UEVENT_LEN, 0);
    bytes.extend(payload);
    bytes
}

/// Makes a message's event say that it is of another kind than the message.
pub(crate) fn disguise(message: &mut [u8], kind: u16) {
    message[NLMSGHDR_LEN..][..4].copy_from_slice(&u32::from(kind).to_ne_bytes());
}

/// Makes a message announce another length than it has.
pub(crate) fn announce(message: &mut [u8], len: u32) {
    message[..4].copy_from_slice(&len.to_ne_bytes());
}

/// A string is sent with the NUL behind it.
fn text_len(value: &str) -> u32 {
    value.len() as u32 + 1
}

/// Fills the union of requests from its start.
#[derive(Default)]
struct Fields {
    bytes: [u8; REQUEST_LEN],
    len: usize,
}

impl Fields {
    fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes[self.len..][..bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
        self
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.put(&value.to_ne_bytes())
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.put(&value.to_ne_bytes())
    }

    fn conn(&mut self, id: ConnId) -> &mut Self {
        self.u32(id.session).u32(id.conn)
    }

    fn session(&mut self, session: SessionRequest) -> &mut Self {
        self.u32(session.initial_cmd_sn)
            .put(&session.commands.to_ne_bytes())
            .put(&session.queue_depth.to_ne_bytes())
    }
}

/// A message of the kernel: a reply or an event.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// `nlmsg_type`: the number of the command that is answered, 0 in what goes to everybody.
    pub(crate) answers: u16,
    uevent: [u8; UEVENT_LEN],
    /// What follows the `struct iscsi_uevent`.
    pub(crate) payload: Vec<u8>,
}

impl Message {
    /// Takes a datagram apart.
    ///
    /// # Errors
    ///
    /// Lengths that contradict each other.
    pub(crate) fn parse(mut datagram: &[u8]) -> Result<Vec<Self>> {
        let mut messages = Vec::new();
        while !datagram.is_empty() {
            let body = datagram.get(..4).and_then(|len| {
                let len = u32::from_ne_bytes(len.try_into().ok()?) as usize;
                datagram.get(NLMSGHDR_LEN..len)
            });
            let Some((uevent, payload)) = body.and_then(|body| body.split_at_checked(UEVENT_LEN))
            else {
                return Err(Error::Wrong(format!(
                    "a message with a wrong length: {datagram:?}"
                )));
            };
            let len = NLMSGHDR_LEN + UEVENT_LEN + payload.len();
            messages.push(Self {
                answers: u16::from_ne_bytes([datagram[4], datagram[5]]),
                uevent: uevent.try_into().expect("it was cut to this length"),
                payload: payload.to_vec(),
            });
            let next = len.next_multiple_of(NLMSG_ALIGN).min(datagram.len());
            datagram = &datagram[next..];
        }
        Ok(messages)
    }

    /// All of it in hexadecimal words, as they are in memory; runs of zero words are counted, and the transport's
    /// handle, which is an address, is left out.
    pub(crate) fn dump(&self) -> String {
        let (head, rest) = self.uevent.split_at(HANDLE);
        let fixed = head.chunks(4).chain(rest[8..].chunks(4));
        let mut words = Vec::new();
        let mut zeros = 0_usize;
        for word in fixed.chain(self.payload.chunks(4)) {
            if word == [0; 4] {
                zeros += 1;
                continue;
            }
            words.extend(count_of_zeros(zeros));
            zeros = 0;
            words.push(hexadecimal(word));
        }
        words.extend(count_of_zeros(zeros));
        words.join(" ")
    }

    fn u32_at(&self, offset: usize) -> u32 {
        let bytes = self.uevent[offset..][..4].try_into();
        u32::from_ne_bytes(bytes.expect("four bytes"))
    }

    /// `type`: the number of the command or event.
    pub(crate) fn number(&self) -> u32 {
        self.u32_at(0)
    }

    /// `iferror`: why the interface has refused.
    pub(crate) fn interface_error(&self) -> Errno {
        errno(self.u32_at(4) as i32)
    }

    /// A word of the union of replies.
    pub(crate) fn reply(&self, index: usize) -> u32 {
        self.u32_at(REPLY + 4 * index)
    }

    /// `r.retcode`: what the transport's callback has returned.
    ///
    /// # Errors
    ///
    /// Its error.
    pub(crate) fn return_code(&self) -> std::result::Result<(), Errno> {
        match self.reply(0) as i32 {
            0 => Ok(()),
            code => Err(errno(code)),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn count_of_zeros(zeros: usize) -> Option<String> {
    (zeros > 0).then(|| format!("{zeros}*0"))
}

/// The error number that the kernel has returned negated.
fn errno(code: i32) -> Errno {
    Errno::from_raw_os_error(code.wrapping_neg())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONN: ConnId = ConnId {
        session: 7,
        conn: 3,
    };

    fn word(bytes: &[u8], offset: usize) -> u32 {
        u32::from_ne_bytes(bytes[offset..offset + 4].try_into().unwrap())
    }

    #[test]
    fn bind_is_laid_out_as_in_c() {
        let bytes = Request::BindConn {
            conn: CONN,
            handle: 5,
            leading: true,
        }
        .encode(0x1122_3344_5566_7788);
        assert_eq!(bytes.len(), 72);
        assert_eq!(word(&bytes, 0), 72);
        assert_eq!(word(&bytes, 4), 15);
        assert_eq!(word(&bytes, 16), 15);
        assert_eq!(bytes[24..32], 0x1122_3344_5566_7788_u64.to_ne_bytes());
        assert_eq!(word(&bytes, 32), 7);
        assert_eq!(word(&bytes, 36), 3);
        assert_eq!(bytes[40..48], 5_u64.to_ne_bytes());
        assert_eq!(word(&bytes, 48), 1);
    }

    #[test]
    fn strings_end_with_nul_and_are_counted_with_it() {
        let bytes = Request::SetParam {
            conn: CONN,
            param: 5,
            value: "16",
        }
        .encode(0);
        assert_eq!(word(&bytes, 40), 5);
        assert_eq!(word(&bytes, 44), 3);
        assert_eq!(&bytes[72..], b"16\0");
        assert_eq!(word(&bytes, 0) as usize, bytes.len());
    }

    #[test]
    fn pdu_is_header_and_data() {
        let bytes = Request::SendPdu {
            conn: CONN,
            header: &[1; 48],
            data: &[2; 8],
        }
        .encode(0);
        assert_eq!(word(&bytes, 40), 48);
        assert_eq!(word(&bytes, 44), 8);
        assert_eq!(bytes.len(), 72 + 56);
    }

    #[test]
    fn datagram_of_two_messages() {
        let conn = Request::StartConn(CONN).encode(1);
        let odd = Request::SetParam {
            conn: CONN,
            param: 1,
            value: "",
        }
        .encode(1);
        let mut datagram = odd;
        datagram.resize(datagram.len().next_multiple_of(NLMSG_ALIGN), 0);
        datagram.extend(conn);
        let messages = Message::parse(&datagram).unwrap();
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].answers, 16);
        assert_eq!(messages[0].payload, [0]);
        assert_eq!(messages[1].number(), 17);
        assert!(messages[1].payload.is_empty());
        assert!(messages[1].return_code().is_ok());
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let whole = Request::StartConn(CONN).encode(1);
        assert!(Message::parse(&whole[..71]).is_err());
        assert!(Message::parse(&whole[..3]).is_err());
        let mut short = whole.clone();
        short[0] = 8;
        assert!(Message::parse(&short).is_err());
        assert!(Message::parse(&[]).unwrap().is_empty());
    }

    #[test]
    fn errors_are_negated() {
        let mut bytes = Request::StartConn(CONN).encode(1);
        bytes[20..24].copy_from_slice(&(-22_i32).to_ne_bytes());
        bytes[56..60].copy_from_slice(&(-16_i32).to_ne_bytes());
        let message = Message::parse(&bytes).unwrap().remove(0);
        assert_eq!(message.interface_error(), Errno::INVAL);
        assert_eq!(message.return_code(), Err(Errno::BUSY));
    }

    #[test]
    fn dump_shows_every_byte_but_the_handle() {
        let mut datagram = Request::SetParam {
            conn: CONN,
            param: 5,
            value: "16",
        }
        .encode(u64::MAX);
        datagram[4] = 0;
        let messages = Message::parse(&datagram).unwrap();
        assert_eq!(
            messages[0].dump(),
            "10000000 1*0 07000000 03000000 05000000 03000000 6*0 313600"
        );
    }
}
