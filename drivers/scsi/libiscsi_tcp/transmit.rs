// SPDX-License-Identifier: GPL-2.0

//! The PDUs of a task, one after the other.

use crate::debug::debug;
use iscsi_abi::{
    error::ConnectionError,
    tcp::Transmit, //
};
use kernel::prelude::*;

/// Sends what can be sent of a task: the rest of the current PDU, then Data-Out as long as the target
/// has asked for it.
///
/// # Errors
///
/// `EAGAIN` and others: to be continued. Others, when the connection has failed.
pub(crate) fn run(mut task: Transmit<'_>) -> Result {
    loop {
        task.send()?;
        if task.is_management() {
            task.finish_unanswered();
            return Ok(());
        }
        if !task.is_write() || task.next_r2t().is_none() {
            return Ok(());
        }
        task.allocate_data_out()?;
        let conn = task.connection();
        task.prepare_data_out().inspect_err(|error| {
            debug!(conn, "no Data-Out: {:?}\n", error);
            conn.fail(ConnectionError::XmitFailed);
        })?;
    }
}
