// SPDX-License-Identifier: GPL-2.0

//! Transports, hosts, sessions and connections, as `scsi_transport_iscsi` itself has them.
//!
//! C header: [`include/scsi/scsi_transport_iscsi.h`](srctree/include/scsi/scsi_transport_iscsi.h)

mod attributes;
mod block;
mod bsg;
mod callbacks;
mod connection;
mod endpoint;
mod flashnode;
mod gate;
mod host;
mod iface;
mod module;
pub mod ops;
mod presence;
mod registered;
mod session;
pub mod trace;
mod transport;

pub use attributes::AttributeParam;
pub use bsg::HostJob;
pub use callbacks::{
    Callbacks,
    UserScan, //
};
pub use connection::{
    Connection,
    ConnectionFields,
    EndpointGuard, //
};
pub use endpoint::{
    Endpoint,
    EndpointEntry,
    NewEndpoint, //
};
pub use flashnode::{
    FlashBus,
    FlashConnection,
    FlashSession, //
};
pub use gate::{
    Gate,
    Pass, //
};
pub use host::Host;
pub use iface::{
    Iface,
    IfaceKind,
    NewIface, //
};
pub use module::ModuleRef;
pub use presence::{
    AddError,
    Addition,
    Removal, //
};
pub use registered::{
    Creation,
    Registered,
    Registration,
    TransportSetup, //
};
pub use session::{
    DevicesState,
    ScanMode,
    Session,
    SessionFields,
    SessionWork, //
};
pub use transport::Transport;
