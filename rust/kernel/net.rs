// SPDX-License-Identifier: GPL-2.0

//! Kernel users of sockets.

mod hooks;
pub mod netlink;
mod options;
mod skb;
mod sock;
mod socket;

pub use hooks::{
    HookedSocket,
    SockHooks, //
};
pub use options::StorageOptions;
pub use skb::{
    Skb,
    SkbReader, //
};
pub use sock::{
    LockedTcpSock,
    TcpSock, //
};
pub use socket::{
    SendFlags,
    SocketAddress, //
    TcpSocket,
};
