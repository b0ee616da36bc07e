// SPDX-License-Identifier: GPL-2.0

//! Sockets that user space opened and handed to the kernel.
//!
//! C header: [`include/linux/net.h`](srctree/include/linux/net.h)

use super::TcpSock;
use crate::bvec::PageRanges;
use core::{
    net::{
        IpAddr,
        Ipv4Addr,
        Ipv6Addr, //
    },
    ops::BitOr,
    ptr::NonNull, //
};
use iscsi_bindings as bindings;
use kernel::{
    error::to_result,
    ffi::{
        c_int,
        c_void, //
    },
    prelude::*,
    types::Opaque, //
};

/// How a message is sent: `MSG_*` of the socket interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendFlags(u32);

impl SendFlags {
    /// More bytes follow at once: the protocol need not push these out alone.
    pub const MORE: Self = Self(bindings::MSG_MORE);
    /// Fail with `EAGAIN` rather than wait for room.
    pub const DONTWAIT: Self = Self(bindings::MSG_DONTWAIT);
    /// Take references to the pages rather than copy from them.
    pub const SPLICE_PAGES: Self = Self(bindings::MSG_SPLICE_PAGES);

    /// These flags when `condition` holds, and none otherwise.
    #[inline]
    pub const fn when(self, condition: bool) -> Self {
        if condition {
            self
        } else {
            Self(0)
        }
    }
}

impl BitOr for SendFlags {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The address of one end of a socket.
#[repr(transparent)]
pub struct SocketAddress(Opaque<bindings::__kernel_sockaddr_storage>);

impl SocketAddress {
    /// Borrows a C address.
    ///
    /// # Safety
    ///
    /// `ptr` must point to an initialised `struct sockaddr_storage` that is valid, and not changed,
    /// for `'a`.
    #[inline]
    pub unsafe fn from_raw<'a>(ptr: *mut bindings::__kernel_sockaddr_storage) -> &'a Self {
        // SAFETY: Valid for `'a` by the requirements of this function.
        // CAST: `Self` is a transparent wrapper.
        unsafe { &*ptr.cast() }
    }

    /// The IP address and port; [`None`] for an address of another family.
    pub fn ip(&self) -> Option<(IpAddr, u16)> {
        // SAFETY: Every address begins with its family.
        let family = unsafe { *self.as_raw().cast::<bindings::sa_family_t>() };
        match u32::from(family) {
            bindings::AF_INET => {
                // SAFETY: That family has this struct.
                let v4 = unsafe { &*self.as_raw().cast::<bindings::sockaddr_in>() };
                let ip = Ipv4Addr::from(v4.sin_addr.s_addr.to_ne_bytes());
                Some((ip.into(), u16::from_be(v4.sin_port)))
            }
            bindings::AF_INET6 => {
                // SAFETY: That family has this struct, and its address is that many bytes.
                let (v6, ip) = unsafe {
                    let v6 = &*self.as_raw().cast::<bindings::sockaddr_in6>();
                    (v6, v6.sin6_addr.in6_u.u6_addr8)
                };
                Some((Ipv6Addr::from(ip).into(), u16::from_be(v6.sin6_port)))
            }
            _ => None,
        }
    }

    /// The C representation.
    #[inline]
    pub fn as_raw(&self) -> *mut bindings::__kernel_sockaddr_storage {
        self.0.get()
    }
}

/// A reference to an open TCP socket.
///
/// Wraps the kernel's [`struct socket`]; user space may close its descriptor, the socket stays.
///
/// # Invariants
///
/// The pointer is valid, its sock is TCP, and the instance owns a reference to the file behind it.
///
/// [`struct socket`]: srctree/include/linux/net.h
pub struct TcpSocket(NonNull<bindings::socket>);

// SAFETY: The reference belongs to no thread in particular.
unsafe impl Send for TcpSocket {}
// SAFETY: The methods call functions of the network that any number of threads may call.
unsafe impl Sync for TcpSocket {}

impl TcpSocket {
    /// The socket behind a file descriptor of the current process.
    ///
    /// # Errors
    ///
    /// `EBADF` when there is no such descriptor, `ENOTSOCK` when it is no socket, `EINVAL` when it is
    /// not a TCP stream over IPv4 or IPv6, or nobody has begun to connect it: it may listen, or come to,
    /// and its children would have a copy of the callbacks.
    pub fn from_fd(fd: c_int) -> Result<Self> {
        let mut err = 0;
        // SAFETY: Looks `fd` up in the table of the current process; `err` is valid for writes.
        let ptr = NonNull::new(unsafe { bindings::sockfd_lookup(fd, &mut err) })
            .ok_or_else(|| Error::from_errno(err))?;
        // SAFETY: The socket is valid, and has a sock. The state is one word.
        let (is_tcp, state) = unsafe {
            let socket = ptr.as_ptr();
            let state = (&raw const (*socket).state).read_volatile();
            (bindings::sk_is_tcp((*socket).sk.cast()), state)
        };
        // INVARIANT: The look-up took a reference to the file; `drop` gives it back in any case.
        let socket = Self(ptr);
        if is_tcp && state != bindings::socket_state_SS_UNCONNECTED {
            Ok(socket)
        } else {
            Err(EINVAL)
        }
    }

    /// The protocol's side of the socket.
    #[inline]
    pub fn sock(&self) -> &TcpSock {
        // SAFETY: By the type invariants the socket is open, and an open socket has its sock, which
        // is TCP, until the last reference to its file is gone.
        unsafe { TcpSock::from_raw((*self.0.as_ptr()).sk.cast()) }
    }

    /// Ends both directions and tells the peer.
    pub fn shutdown(&self) {
        // Fails only on a socket that is not connected any more, which is what is wanted.
        // SAFETY: By the type invariants the socket is valid.
        unsafe {
            bindings::kernel_sock_shutdown(self.0.as_ptr(), bindings::sock_shutdown_cmd_SHUT_RDWR)
        };
    }

    /// Sends what the protocol holds back because more was to follow ([`SendFlags::MORE`]). May sleep.
    #[inline]
    pub fn push(&self) {
        // SAFETY: By the type invariants the sock is valid and TCP. Nobody but its owner in user space
        // could have corked it, who has given it away.
        unsafe { bindings::tcp_sock_set_cork(self.sock().as_raw().cast(), false) };
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// What the protocol says, `ENOTCONN` among it.
    pub fn local_address(&self) -> Result<SocketAddress> {
        self.address(bindings::kernel_getsockname)
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// What the protocol says, `ENOTCONN` among it.
    pub fn peer_address(&self) -> Result<SocketAddress> {
        self.address(bindings::kernel_getpeername)
    }

    fn address(
        &self,
        get: unsafe extern "C" fn(*mut bindings::socket, *mut bindings::sockaddr) -> c_int,
    ) -> Result<SocketAddress> {
        let address = SocketAddress(Opaque::zeroed());
        // SAFETY: By the type invariants the socket is valid, and a `sockaddr_storage` has room for
        // an address of any family.
        to_result(unsafe { get(self.0.as_ptr(), address.as_raw().cast()) })?;
        Ok(address)
    }

    /// Sends `bytes`, which are copied. Returns how many were taken.
    ///
    /// # Errors
    ///
    /// What the protocol says: `EAGAIN` when there is no room (at once or until the socket's send
    /// timeout), `EPIPE` and others when the connection is gone.
    #[inline]
    pub fn send(&self, bytes: &[u8], flags: SendFlags) -> Result<usize> {
        let vec = bindings::kvec {
            iov_base: bytes.as_ptr().cast::<c_void>().cast_mut(),
            iov_len: bytes.len(),
        };
        let mut msg = message(flags);
        // SAFETY: The iterator is built in place over `vec`, which outlives `msg`, and only read
        // from since it is a source.
        unsafe {
            bindings::iov_iter_kvec(
                &mut msg.msg_iter,
                bindings::ITER_SOURCE,
                &vec,
                1,
                bytes.len(),
            )
        };
        self.send_message(&mut msg)
    }

    /// Sends the bytes of `pages`. Returns how many were taken.
    ///
    /// # Errors
    ///
    /// As [`TcpSocket::send`].
    #[inline]
    pub fn send_pages(&self, pages: &PageRanges<'_>, flags: SendFlags) -> Result<usize> {
        let vecs = pages.as_bio_vecs();
        let mut msg = message(flags);
        // SAFETY: The iterator is built in place over the ranges, which outlive `msg`, and whose
        // total is `pages.len()`.
        unsafe {
            bindings::iov_iter_bvec(
                &mut msg.msg_iter,
                bindings::ITER_SOURCE,
                vecs.as_ptr(),
                vecs.len(),
                pages.len(),
            )
        };
        self.send_message(&mut msg)
    }

    #[inline]
    fn send_message(&self, msg: &mut bindings::msghdr) -> Result<usize> {
        // SAFETY: By the type invariants the socket is valid, and both callers built `msg` over
        // memory they borrow.
        let sent = unsafe { bindings::sock_sendmsg(self.0.as_ptr(), msg) };
        usize::try_from(sent).map_err(|_| Error::from_errno(sent))
    }
}

#[inline]
fn message(flags: SendFlags) -> bindings::msghdr {
    bindings::msghdr {
        msg_flags: flags.0,
        ..Default::default()
    }
}

impl Drop for TcpSocket {
    fn drop(&mut self) {
        // SAFETY: By the type invariants the instance owns this reference.
        unsafe { bindings::sockfd_put(self.0.as_ptr()) };
    }
}
