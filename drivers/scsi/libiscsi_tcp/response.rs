// SPDX-License-Identifier: GPL-2.0

//! What a response means, and where its data goes.

use crate::{
    debug::debug,
    r2t, //
};
use iscsi_abi::{
    error::ConnectionError,
    tcp::{
        Reception,
        Task,
        TcpConnection,
        RESPONSE_MAX_LEN, //
    }, //
};
use iscsi_proto::{
    answer::{
        self,
        Verdict, //
    },
    bhs::{
        Bhs,
        DataIn,
        DataInFlags,
        Header, //
    },
    data_in,
    opcode::{
        OpcodeByte,
        ResponseOpcode, //
    },
    pdu::BHS_LEN, //
};

/// Acts on a header: decides on a response without data, and on where the data of another one goes.
///
/// # Errors
///
/// Why the connection has to fail.
pub(crate) fn header_complete(reception: &mut Reception<'_>) -> Result<(), ConnectionError> {
    let conn = reception.connection();
    let bhs = reception.bhs();
    let opcode = opcode_of(bhs)?;
    let len = view::<Bhs>(bhs)?.data_segment_length.get();
    debug!(conn, "received {:?} with {} bytes of data\n", opcode, len);
    if len > conn.max_recv_data_segment_len() {
        return Err(ConnectionError::DataLength);
    }
    match opcode {
        ResponseOpcode::DataIn => begin_data_in(conn, bhs),
        ResponseOpcode::R2t => r2t::receive(conn, bhs),
        _ if len == 0 => complete(conn, bhs, opcode, 0),
        _ if may_have_data(opcode) && len <= RESPONSE_MAX_LEN => Ok(()),
        _ => Err(ConnectionError::Protocol),
    }
}

/// Stores a piece of the data segment.
pub(crate) fn store(reception: &mut Reception<'_>, offset: u32, bytes: &[u8]) {
    if is_data_in(reception) {
        reception.connection().lock_back().store_data_in(bytes);
    } else {
        reception.store_response(offset, bytes);
    }
}

/// Acts on a response whose data segment is complete.
///
/// # Errors
///
/// Why the connection has to fail.
pub(crate) fn data_complete(reception: &mut Reception<'_>) -> Result<(), ConnectionError> {
    let conn = reception.connection();
    let len = reception.receiver().data_len();
    let bhs = reception.bhs();
    match opcode_of(bhs)? {
        ResponseOpcode::DataIn => end_data_in(conn, bhs),
        opcode => complete(conn, bhs, opcode, len),
    }
}

/// The task that a response answers, or [`None`] if that is over by now.
///
/// # Errors
///
/// [`ConnectionError::TaskTag`] when there is no such task, [`ConnectionError::Protocol`] when it waits
/// for no such response.
pub(crate) fn judge<'a>(
    opcode: ResponseOpcode,
    task: Option<Task<'a>>,
) -> Result<Option<Task<'a>>, ConnectionError> {
    let task = task.ok_or(ConnectionError::TaskTag)?;
    match answer::to_task(opcode, task.request(), task.progress()) {
        Verdict::Accept => Ok(Some(task)),
        Verdict::Ignore => Ok(None),
        Verdict::Refuse => Err(ConnectionError::Protocol),
    }
}

/// A header as what its opcode says.
///
/// # Errors
///
/// [`ConnectionError::Protocol`] never, in fact: every header is as long as every other.
pub(crate) fn view<T: Header>(bhs: &[u8; BHS_LEN]) -> Result<&T, ConnectionError> {
    T::view(bhs).map_err(|_| ConnectionError::Protocol)
}

fn opcode_of(bhs: &[u8; BHS_LEN]) -> Result<ResponseOpcode, ConnectionError> {
    let [first, ..] = bhs;
    ResponseOpcode::try_from(OpcodeByte::from_bits(*first).code())
        .map_err(|_| ConnectionError::Opcode)
}

fn is_data_in(reception: &Reception<'_>) -> bool {
    matches!(opcode_of(reception.bhs()), Ok(ResponseOpcode::DataIn))
}

/// Whether a response other than Data-In may have data: what goes on to user space, and sense data.
/// The data of a NOP-In would be that of a ping, which we send without.
fn may_have_data(opcode: ResponseOpcode) -> bool {
    matches!(
        opcode,
        ResponseOpcode::ScsiResponse
            | ResponseOpcode::LoginResponse
            | ResponseOpcode::TextResponse
            | ResponseOpcode::Reject
            | ResponseOpcode::AsyncMessage
    )
}

/// Completes what a response answers, if anything.
fn complete(
    conn: &TcpConnection,
    bhs: &[u8; BHS_LEN],
    opcode: ResponseOpcode,
    data_len: u32,
) -> Result<(), ConnectionError> {
    let mut back = conn.lock_back();
    let task = back.task(view::<Bhs>(bhs)?.itt.to_bytes())?;
    let verdict = match task {
        None => answer::to_nobody(opcode),
        Some(task) => answer::to_task(opcode, task.request(), task.progress()),
    };
    match (verdict, task) {
        (Verdict::Accept, None) => {}
        (Verdict::Accept, Some(task)) => note_missing_data(conn, task),
        (Verdict::Ignore, _) => return Ok(()),
        (Verdict::Refuse, _) => return Err(ConnectionError::Protocol),
    }
    back.complete(bhs, data_len)
}

/// Acts on the header of a Data-In PDU. Its data, if the command is over by now, goes nowhere.
fn begin_data_in(conn: &TcpConnection, bhs: &[u8; BHS_LEN]) -> Result<(), ConnectionError> {
    let header: &DataIn = view(bhs)?;
    let has_status = header.flags.contains(DataInFlags::STATUS);
    let pdu = data_in::DataIn {
        data_sn: header.data_sn.get(),
        buffer_offset: header.buffer_offset.get(),
        len: header.data_segment_length.get(),
    };
    let mut back = conn.lock_back();
    let Some(task) = judge(ResponseOpcode::DataIn, back.task(header.itt.to_bytes())?)? else {
        return Ok(());
    };
    if !has_status {
        back.update_window(bhs);
    }
    let next = pdu
        .accept(task.expected_sn(), task.buffer_len())
        .map_err(|error| match error {
            data_in::Error::DataSn => ConnectionError::DataSn,
            data_in::Error::BeyondBuffer => ConnectionError::DataOffset,
        })?;
    if conn.is_data_in_order() && !pdu.continues(task.data_in_end()) {
        return Err(ConnectionError::DataOffset);
    }
    task.set_expected_sn(next);
    if pdu.len > 0 {
        task.set_data_in_end(pdu.end());
        task.note_transfer();
        back.begin_data_in(task, pdu.buffer_offset)?;
        back.count_data_in();
    } else if has_status {
        note_missing_data(conn, task);
        back.complete(bhs, 0)?;
    }
    Ok(())
}

/// Acts on a Data-In PDU whose data is stored: completes the command if the status came with it.
fn end_data_in(conn: &TcpConnection, bhs: &[u8; BHS_LEN]) -> Result<(), ConnectionError> {
    let header: &DataIn = view(bhs)?;
    let mut back = conn.lock_back();
    let Some(task) = back.end_data_in() else {
        return Ok(());
    };
    if header.flags.contains(DataInFlags::STATUS) {
        note_missing_data(conn, task);
        back.complete(bhs, 0)?;
    }
    Ok(())
}

/// A target that sends less than it was asked for has to say so, and may not. With the data in order it
/// is known how much there was, so that nobody takes what was in the buffer before for the rest.
fn note_missing_data(conn: &TcpConnection, task: Task<'_>) {
    if conn.is_data_in_order() {
        task.set_residual_of_read();
    }
}
