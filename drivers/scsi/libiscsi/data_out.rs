// SPDX-License-Identifier: GPL-2.0

//! Data-Out (RFC 7143, section 11.7).

use iscsi_abi::libiscsi::{
    DataOut,
    TaskRef, //
};
use iscsi_proto::{
    pdu::BHS_LEN,
    task::TaskState, //
};

/// Makes the header of the next PDU of a sequence.
pub(crate) fn prepare(task: &mut TaskRef<'_>, data_out: &mut DataOut<'_>) {
    let conn = task.connection();
    let pdu = data_out.rest(conn, task).next_pdu();
    data_out.begin(&pdu);
    task.set_header_len(BHS_LEN);
    conn.count_data_out();
}

/// Has the worker go on with a task, to which the target has sent an R2T. The task may have come to its
/// end since, with nothing more to be sent.
pub(crate) fn requeue(task: TaskRef<'_>) {
    let conn = task.connection();
    let frwd = conn.session().lock_frwd();
    if task.state() == TaskState::Running {
        conn.data_out_queue(&frwd).push_back(task, &frwd);
        conn.wake_transmit();
    }
}
