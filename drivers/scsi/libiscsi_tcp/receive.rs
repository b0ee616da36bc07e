// SPDX-License-Identifier: GPL-2.0

//! A buffer of received bytes, cut into PDUs.

use crate::{
    debug::debug,
    response, //
};
use iscsi_abi::{
    error::ConnectionError,
    tcp::Reception, //
};
use iscsi_kernel::{
    crc32c,
    net::Skb,
    printk::dev_err_ratelimited, //
};
use iscsi_proto::receive::{
    Error,
    Framing,
    Step, //
};

/// Why receiving has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A header or a data segment is complete. More bytes may follow in the buffer.
    Segment,
    /// The buffer is used up.
    BufferEnd,
    /// The connection has failed.
    Failed,
    /// Nothing is to be received now.
    Suspended,
}

/// Takes bytes from `offset` of a buffer on, up to the end of a header or of a data segment. Returns
/// how many.
///
/// Transports look at a header before its data is received, so it goes no further.
pub(crate) fn from_buffer(
    reception: &mut Reception<'_>,
    skb: &Skb<'_>,
    offset: u32,
) -> (u32, Stop) {
    let conn = reception.connection();
    conn.note_receive();
    if conn.is_receive_suspended() {
        debug!(conn, "receiving is suspended\n");
        return (0, Stop::Suspended);
    }
    let framing = conn.framing();
    let mut reader = skb.read_from(offset);
    loop {
        let piece = reader.peek();
        if piece.is_empty() {
            let count = reader.count();
            conn.count_received(count);
            return (count, Stop::BufferEnd);
        }
        let mut rest = piece;
        let step = take_segment(reception, framing, &mut rest);
        let taken = piece.len().wrapping_sub(rest.len());
        reader.consume(taken);
        let count = reader.count();
        match step {
            Ok(None) => {}
            Ok(Some(segment)) => {
                // Not under the mapping of a piece, for a PDU may be passed on to user space.
                drop(reader);
                return match end_segment(reception, segment) {
                    Ok(()) => {
                        conn.count_received(count);
                        (count, Stop::Segment)
                    }
                    Err(error) => (0, fail(reception, error)),
                };
            }
            Err(error) => {
                drop(reader);
                return (0, fail(reception, error));
            }
        }
    }
}

/// Counts the data segment that follows as received: the transport has stored it, and checked its
/// digest.
pub(crate) fn stored_by_transport(reception: &mut Reception<'_>) -> (u32, Stop) {
    let conn = reception.connection();
    conn.note_receive();
    if conn.is_receive_suspended() {
        return (0, Stop::Suspended);
    }
    if !reception.receiver().skip_data() {
        return (0, fail(reception, ConnectionError::Protocol));
    }
    match response::data_complete(reception) {
        Ok(()) => (0, Stop::Segment),
        Err(error) => (0, fail(reception, error)),
    }
}

/// What has become complete.
enum Segment {
    Header,
    Data,
}

/// Takes bytes until a segment is complete, or [`None`] until they are used up.
fn take_segment(
    reception: &mut Reception<'_>,
    framing: Framing,
    bytes: &mut &[u8],
) -> Result<Option<Segment>, ConnectionError> {
    loop {
        match reception.receiver().take(framing, crc32c::update, bytes) {
            Ok(Step::Starved) => return Ok(None),
            Ok(Step::Data { offset, bytes }) => response::store(reception, offset, bytes),
            Ok(Step::Header) => return Ok(Some(Segment::Header)),
            Ok(Step::Complete) => return Ok(Some(Segment::Data)),
            Err(Error::HeaderDigest) => return Err(ConnectionError::HeaderDigest),
            Err(Error::DataDigest) => return Err(ConnectionError::DataDigest),
        }
    }
}

/// Acts on the segment that is complete.
fn end_segment(reception: &mut Reception<'_>, segment: Segment) -> Result<(), ConnectionError> {
    match segment {
        Segment::Header => {
            reception.publish_header();
            response::header_complete(reception)
        }
        Segment::Data => response::data_complete(reception),
    }
}

fn fail(reception: &mut Reception<'_>, error: ConnectionError) -> Stop {
    let conn = reception.connection();
    dev_err_ratelimited(
        conn.as_dev(),
        format_args!("received {error}: the session is recovered\n"),
    );
    conn.fail(error);
    Stop::Failed
}
