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
    LockedSock,
    Skb,
    Sock, //
};
pub use socket::{
    SendFlags,
    Socket,
    SocketAddress, //
};
