// SPDX-License-Identifier: GPL-2.0

//! Connections and tasks as libiscsi_tcp sees them: of any transport that uses it, C or Rust.
//!
//! The transports' own view is in the modules beside this one.
//!
//! C header: [`include/scsi/libiscsi_tcp.h`](srctree/include/scsi/libiscsi_tcp.h)

mod back;
mod connection;
mod r2t;
mod segment;
mod session;
mod task;
mod transmit;

pub use back::Back;
pub use connection::{
    Reception,
    TcpConnection,
    RESPONSE_MAX_LEN, //
};
pub use r2t::R2t;
pub use segment::{
    Segment,
    SegmentUse, //
};
pub use session::QuiescentSession;
pub use task::{
    Task,
    TaskRef, //
};
pub use transmit::{
    drop_r2ts,
    Transmit, //
};
