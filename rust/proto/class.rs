// SPDX-License-Identifier: GPL-2.0

//! What the class `scsi_transport_iscsi` itself knows of sessions and connections: their states in
//! sysfs, and who cleans up.
//!
//! The numbers are those that the modules share by
//! [`include/scsi/scsi_transport_iscsi.h`](srctree/include/scsi/scsi_transport_iscsi.h). libiscsi
//! has states of its own: [`session`](crate::session) and [`connection`](crate::connection).
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::class::{cleanup, ConnectionChange, ConnectionState, StopFlag};
//!
//! let state = ConnectionState::after(ConnectionChange::Started);
//! assert_eq!(state.name(), "up");
//! // It fails, and then user space stops it.
//! assert_eq!(cleanup::on_error(state, false), cleanup::OnError::Queue);
//! assert_eq!(cleanup::on_stop(StopFlag::Recover, true), cleanup::OnStop::WaitAndForget);
//! ```

pub mod cleanup;
mod connection;
mod recovery_timeout;
mod session;
mod target;

pub use connection::{
    ConnectionChange,
    ConnectionState,
    StopFlag, //
};
pub use recovery_timeout::RecoveryTimeout;
pub use session::{
    Ready,
    SessionChange,
    SessionState, //
};
pub use target::{
    TargetState,
    Unbind, //
};
