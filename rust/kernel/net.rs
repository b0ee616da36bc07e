// SPDX-License-Identifier: GPL-2.0

//! Kernel users of sockets.

mod hooks;
mod options;
mod sock;
mod socket;

pub use hooks::{
    HookedSocket,
    SockHooks, //
};
pub use options::StorageOptions;
pub use sock::{
    LockedTcpSock,
    Skb,
    TcpSock, //
};
pub use socket::{
    SendFlags,
    SocketAddress, //
    TcpSocket,
};
