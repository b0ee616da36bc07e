// SPDX-License-Identifier: GPL-2.0

//! Ready To Transfer: the target asks for data of a write.

use crate::{
    debug::debug,
    response::{
        judge,
        view, //
    }, //
};
use iscsi_abi::{
    error::ConnectionError,
    tcp::{
        TaskRef,
        TcpConnection, //
    }, //
};
use iscsi_proto::{
    bhs,
    opcode::ResponseOpcode,
    pdu::BHS_LEN,
    r2t::{
        Error,
        R2t, //
    }, //
};

/// Acts on an R2T: has the transmit worker send what it asks for.
///
/// # Errors
///
/// Why the connection has to fail.
pub(crate) fn receive(conn: &TcpConnection, bhs: &[u8; BHS_LEN]) -> Result<(), ConnectionError> {
    let task = accept(conn, bhs)?;
    if let Some(task) = task {
        task.requeue();
    }
    Ok(())
}

/// Queues an R2T with its task. Returns the task, or [`None`] when the command is over, or being
/// recovered.
fn accept(conn: &TcpConnection, bhs: &[u8; BHS_LEN]) -> Result<Option<TaskRef>, ConnectionError> {
    let header: &bhs::R2t = view(bhs)?;
    let r2t = R2t {
        r2t_sn: header.r2t_sn.get(),
        buffer_offset: header.buffer_offset.get(),
        desired_len: header.desired_data_transfer_length.get(),
        data_segment_len: header.data_segment_length.get(),
    };
    let back = conn.lock_back();
    let Some(task) = judge(ResponseOpcode::R2t, back.task(header.itt.to_bytes())?)? else {
        return Ok(None);
    };
    task.note_transfer();
    back.update_window(bhs);
    let next = r2t
        .accept(task.expected_sn(), task.buffer_len())
        .map_err(|error| {
            debug!(conn, "{:?}: {:?}\n", error, r2t);
            match error {
                Error::R2tSn => ConnectionError::R2tSn,
                Error::HasData | Error::NoLength | Error::BeyondBuffer => {
                    ConnectionError::DataLength
                }
            }
        })?;
    if !back.is_logged_in() {
        debug!(conn, "an R2T is dropped in recovery\n");
        return Ok(None);
    }
    // The last reference may be gone, with the task about to be completed.
    let Some(reference) = task.get() else {
        return Ok(None);
    };
    if !task.push_r2t(
        &r2t,
        header.ttt.to_bytes(),
        header.stat_sn.get().to_be_bytes(),
    ) {
        drop(back);
        drop(reference);
        debug!(
            conn,
            "more R2Ts are outstanding than MaxOutstandingR2T allows\n"
        );
        return Err(ConnectionError::Protocol);
    }
    task.set_expected_sn(next);
    back.count_r2t();
    Ok(Some(reference))
}
