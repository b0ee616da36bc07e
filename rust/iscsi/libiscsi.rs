// SPDX-License-Identifier: GPL-2.0

//! Sessions, connections and tasks, as libiscsi itself has them.

mod connection;
pub mod counters;
mod create;
mod data_out;
pub mod host;
pub mod params;
pub mod pool;
mod queue;
mod session;
pub mod target;
mod task;
mod task_management;
pub mod text;
mod transport;

pub use connection::{
    Connection,
    ConnectionRef,
    RESPONSE_MAX_LEN, //
};
pub use create::{
    ConnectionSetup,
    SessionSetup, //
};
pub use data_out::DataOut;
use pool::Pool;
pub use queue::{
    DataOutQueue,
    Queue, //
};
pub use session::{
    Back,
    Eh,
    Frwd,
    Session,
    Tasks, //
};
pub use task::{
    Task,
    TaskRef, //
};
pub use task_management::TaskManagement;
pub use transport::{
    ProtectionFault,
    Transport, //
};

/// Whether the system neither comes up nor goes down.
#[inline]
pub fn system_is_running() -> bool {
    // SAFETY: The function only reads.
    unsafe { iscsi_bindings::system_is_running() }
}
