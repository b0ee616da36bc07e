// SPDX-License-Identifier: GPL-2.0

//! From libiscsi_tcp to the socket.
//!
//! libiscsi_tcp prepares one PDU at a time and then has it sent until nothing is left of it; both
//! happen in the transmit worker of the connection. A PDU takes two calls into the network, one for
//! the header and one for all of its data, and a third if padding or a data digest follow. All but
//! the last say that more is coming, so that TCP does not send the header alone.

use crate::{
    debug::debug,
    receive::ReceiveMode,
    transport::SwTcp, //
};
use iscsi_abi::{
    connection::Connection,
    error::ConnectionError,
    task::{
        DataSegment,
        Pdu, //
    }, //
};
use iscsi_kernel::{
    bvec::BioVecs,
    compat::code::ENODATA,
    crc32c,
    mm::NoReclaim,
    net::{
        SendFlags,
        TcpSocket, //
    }, //
};
use iscsi_proto::{
    digest,
    pdu,
    transmit::{
        Chunk,
        Part,
        PduTransmit,
        Stream,
        Trailer,
        Turn, //
    }, //
};
use kernel::{
    dev_err,
    prelude::*,
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// Page ranges that one call into the network can take: 1 MiB in single pages. A longer data
/// segment takes a call for each such stretch.
const MAX_PAGE_RANGES: usize = 256;

/// How long to wait for memory before sending is tried again.
const MEMORY_WAIT: Delta = Delta::from_millis(2);

/// What the transmit context of a connection knows.
pub(crate) struct Transmit {
    /// How far sending has come.
    stream: Stream,
    /// Where the bytes of the PDU that was prepared last are.
    source: Source,
    /// The pages of one call into the network.
    pages: BioVecs,
}

/// Where the bytes of a PDU come from.
#[derive(Default)]
struct Source {
    /// Length of the header with its digest.
    header_len: usize,
    /// Where its data starts in that of the task, in bytes.
    data_offset: u32,
    data_len: u32,
    data_digest: bool,
    /// Padding and digest, once they are known.
    trailer: Option<Trailer>,
}

impl Transmit {
    /// The state of a new connection.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            stream: Stream::default(),
            source: Source::default(),
            pages: BioVecs::with_capacity(MAX_PAGE_RANGES, GFP_KERNEL)?,
        })
    }
}

/// Prepares a PDU: appends the header digest and notes what is to be sent.
///
/// Runs under a spinlock at times, so the data is not looked at yet.
///
/// # Errors
///
/// `EIO` when header and data contradict each other: the command fails, nothing is sent.
pub(crate) fn prepare(
    pdu: &mut Pdu<'_, SwTcp>,
    transmit: &mut Transmit,
    offset: u32,
    count: u32,
) -> Result {
    let conn = pdu.connection();
    if !pdu::announces_data(pdu.header(), count) {
        return Err(EIO);
    }
    if count > 0 && pdu.data_segment(offset, count).is_none() {
        return Err(EIO);
    }
    let header_len = if conn.has_header_digest() {
        let register = crc32c::update(digest::SEED, pdu.header());
        pdu.append_header_digest(digest::to_wire(register))
    } else {
        pdu.header().len()
    };
    let data_digest = conn.has_data_digest();
    let progress = PduTransmit::new(header_len, count, data_digest).map_err(|_| EIO)?;
    transmit.stream.prepare(pdu.task_index(), progress);
    transmit.source = Source {
        header_len,
        data_offset: offset,
        data_len: count,
        data_digest,
        trailer: (!data_digest).then(|| Trailer::new(count, None)),
    };
    debug!(
        conn,
        "prepared a header of {} and data of {} bytes\n", header_len, count
    );
    Ok(())
}

/// Sends what is left of the prepared PDU.
///
/// libiscsi_tcp also asks before the first Data-Out of a task, when nothing is left, and after the
/// task whose PDU is prepared was taken away from it.
///
/// # Errors
///
/// `EAGAIN` and `ENODATA` as [`blocked`] says, `EINVAL` without a socket, and `EIO` after the
/// failure of the connection was reported.
pub(crate) fn transmit(pdu: &Pdu<'_, SwTcp>, transmit: &mut Transmit) -> Result {
    let conn = pdu.connection();
    let Some(bound) = conn.socket() else {
        dev_err!(conn.as_dev(), "cannot send: no socket is bound\n");
        return Err(EINVAL);
    };
    match transmit.stream.turn(pdu.task_index(), bound.number()) {
        Turn::Send => (),
        Turn::Idle => return Ok(()),
        Turn::Torn => {
            debug!(conn, "a PDU was dropped half sent\n");
            conn.fail(ConnectionError::XmitFailed);
            return Err(EIO);
        }
    }

    // Memory may be short because this very write has not been sent.
    let _scope = NoReclaim::new();
    let mut cork = conn.cork();
    while let Some(mut chunk) = transmit.stream.next_chunk() {
        // Another PDU may share the last segment of this one.
        chunk.more = chunk.more || conn.has_more_to_send();
        let sent = send_chunk(
            pdu,
            &mut transmit.source,
            &mut transmit.pages,
            bound.socket(),
            chunk,
        );
        match sent {
            Ok(count) if count > 0 && transmit.stream.advance(count).is_ok() => {
                cork.note(chunk.more);
                conn.count_sent(count);
                debug!(conn, "xmit {} bytes\n", count);
            }
            Err(error) if error == EAGAIN => return Err(blocked(conn, bound.socket())),
            result => {
                debug!(conn, "sending failed: {:?}\n", result);
                conn.fail(ConnectionError::XmitFailed);
                return Err(EIO);
            }
        }
    }
    Ok(())
}

/// Offers one chunk to the socket. Returns how many bytes were taken.
fn send_chunk(
    pdu: &Pdu<'_, SwTcp>,
    source: &mut Source,
    pages: &mut BioVecs,
    socket: &TcpSocket,
    chunk: Chunk,
) -> Result<usize> {
    let flags = SendFlags::DONTWAIT.when(*pdu.connection().data() == ReceiveMode::Worker);
    let more = SendFlags::MORE.when(chunk.more);
    let rest_of = |part: &[u8]| -> Result<usize> {
        let rest = part.get(chunk.offset as usize..).ok_or(EIO)?;
        socket.send(rest, flags | more)
    };
    match chunk.part {
        Part::Header => rest_of(pdu.header_and_digest(source.header_len)),
        Part::Trailer => rest_of(trailer(pdu, source)?.as_bytes()),
        Part::Data => {
            // The digest first: whoever changes the data later makes the target refuse it, rather
            // than store what nobody wrote.
            trailer(pdu, source)?;
            let offset = source.data_offset.wrapping_add(chunk.offset);
            match pdu.data_segment(offset, chunk.len).ok_or(EIO)? {
                DataSegment::Linear(bytes) => socket.send(bytes, flags | more),
                DataSegment::Pages(cursor) => {
                    let ranges = pages.fill(cursor, chunk.len);
                    let more =
                        SendFlags::MORE.when(chunk.more || ranges.len() < chunk.len as usize);
                    // With a digest the bytes are copied, so that they cannot change under it while
                    // TCP may have to send them again.
                    let splice =
                        SendFlags::SPLICE_PAGES.when(!source.data_digest && ranges.is_spliceable());
                    socket.send_pages(&ranges, flags | more | splice)
                }
            }
        }
    }
}

/// The trailer of the PDU, computing its digest when it is first asked for.
fn trailer<'a>(pdu: &Pdu<'_, SwTcp>, source: &'a mut Source) -> Result<&'a Trailer> {
    let (offset, len) = (source.data_offset, source.data_len);
    match source.trailer {
        Some(ref trailer) => Ok(trailer),
        ref mut empty => {
            let register = match pdu.data_segment(offset, len).ok_or(EIO)? {
                DataSegment::Linear(bytes) => crc32c::update(digest::SEED, bytes),
                DataSegment::Pages(cursor) => cursor.checksum(digest::SEED, len).ok_or(EIO)?,
            };
            let register = crc32c::update(register, Trailer::padding(len));
            Ok(empty.insert(Trailer::new(len, Some(digest::to_wire(register)))))
        }
    }
}

/// What to tell libiscsi when the socket takes nothing at the moment: `EAGAIN` to be called again
/// at once, `ENODATA` to be called again after [`write_space`].
fn blocked(conn: &Connection<SwTcp>, socket: &TcpSocket) -> Error {
    match conn.data() {
        // The socket has waited until its send timeout.
        ReceiveMode::Softirq => EAGAIN,
        // Calling again at once would spin, and keep the receive worker from running.
        ReceiveMode::Worker if !socket.sock().has_send_room() => ENODATA,
        // There is room (by now), so no event will tell when there is memory.
        ReceiveMode::Worker => {
            fsleep(MEMORY_WAIT);
            EAGAIN
        }
    }
}

/// There is room in the send queue again.
pub(crate) fn write_space(conn: &Connection<SwTcp>) {
    debug!(conn, "write space\n");
    conn.queue_transmit();
}
