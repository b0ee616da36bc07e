// SPDX-License-Identifier: GPL-2.0

//! Netlink sockets of the kernel, and their messages.
//!
//! C headers: [`include/linux/netlink.h`](srctree/include/linux/netlink.h),
//! [`include/net/netlink.h`](srctree/include/net/netlink.h)

use core::{
    marker::PhantomData,
    mem::ManuallyDrop,
    ptr::{
        self,
        NonNull, //
    },
    slice, //
};
use iscsi_bindings as bindings;
use kernel::{
    error::to_result,
    ffi::c_int,
    prelude::*,
    sync::atomic::{
        Acquire,
        Atomic,
        Full,
        Release, //
    },
    time::{
        delay::fsleep,
        Delta, //
    }, //
};

/// The bytes of `struct nlmsghdr`, which every message begins with. They are aligned.
const HEADER_LEN: usize = size_of::<bindings::nlmsghdr>();

/// What a message is padded to a multiple of.
const ALIGN: usize = bindings::NLMSG_ALIGNTO as usize;

/// How long to sleep before looking again whether a socket is still used.
const USERS_POLL: Delta = Delta::from_millis(1);

/// What a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol(c_int);

impl Protocol {
    /// The initiator of iSCSI.
    pub const ISCSI: Self = Self(bindings::NETLINK_ISCSI as c_int);
}

/// How an allocation gets its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// At once, from the reserves if need be. Any context.
    Atomic,
    /// It may wait for memory to be freed. Process context.
    Sleeping,
}

impl Allocation {
    #[inline]
    fn as_raw(self) -> bindings::gfp_t {
        match self {
            Self::Atomic => bindings::GFP_ATOMIC,
            Self::Sleeping => bindings::GFP_KERNEL,
        }
    }
}

/// What a [`KernelSocket`] does with what user space sends to it.
pub trait Input: 'static {
    /// Takes a buffer with messages. Runs in the context of the sender, who waits for it; may sleep.
    fn receive(received: Received<'_>);
}

/// A netlink socket of the kernel in the initial network namespace.
///
/// It is a static of the module that owns it, and closed until [`KernelSocket::open`]. Sending over
/// it while it is closed fails, from any context, and closing it waits until nobody sends any more.
///
/// # Invariants
///
/// `socket` is null, or a socket that is not released before `socket` has become null and `users`
/// was zero after that. `users` counts those who may use what they read from `socket`.
pub struct KernelSocket {
    socket: Atomic<*mut bindings::sock>,
    users: Atomic<i32>,
}

impl KernelSocket {
    /// A socket that is closed.
    #[expect(
        clippy::new_without_default,
        reason = "it is a static, which a default cannot initialise"
    )]
    pub const fn new() -> Self {
        // INVARIANT: Null, and nobody uses it.
        Self {
            socket: Atomic::new(ptr::null_mut()),
            users: Atomic::new(0),
        }
    }

    /// Opens the socket: `I` gets what user space sends to it.
    ///
    /// There are multicast groups from 1 to at least `groups`. Sockets of user space for this protocol
    /// keep `module` loaded.
    ///
    /// # Errors
    ///
    /// `EBUSY` when it is open, `ENOMEM` when the socket cannot be made, which it also says of a
    /// protocol that has one.
    pub fn open<I: Input>(
        &'static self,
        module: &'static ThisModule,
        protocol: Protocol,
        groups: u32,
    ) -> Result<OpenSocket> {
        if !self.socket.load(Acquire).is_null() {
            return Err(EBUSY);
        }
        let mut config = bindings::netlink_kernel_cfg {
            groups,
            input: Some(input_callback::<I>),
            ..Default::default()
        };
        // SAFETY: The namespace is static. The configuration is valid, and read during the call alone.
        // The callback stays valid: the socket is released before the module goes.
        let socket = unsafe {
            bindings::__netlink_kernel_create(
                &raw mut bindings::init_net,
                protocol.0,
                module.as_ptr(),
                &mut config,
            )
        };
        let socket = NonNull::new(socket).ok_or(ENOMEM)?;
        // INVARIANT: Just made, and released by `OpenSocket` alone.
        self.socket.store(socket.as_ptr().cast(), Release);
        Ok(OpenSocket(self))
    }

    /// Sends a message to everybody who listens to `group`.
    ///
    /// `allocation` says how the copies get their memory.
    ///
    /// # Errors
    ///
    /// `ESRCH` when nobody listens, or the socket is closed; `ENOBUFS` when it could not be delivered to
    /// somebody who wants the sender to know.
    pub fn multicast(&self, message: Message, group: u32, allocation: Allocation) -> Result {
        let user = self.enter().ok_or(ESRCH)?;
        // SAFETY: The socket is open. The function takes the message over in any case.
        to_result(unsafe {
            bindings::nlmsg_multicast(user.sock, message.into_raw(), 0, group, allocation.as_raw())
        })
    }

    /// Sends a message to one port, without waiting for room.
    ///
    /// # Errors
    ///
    /// `ECONNREFUSED` when nobody has the port, `EAGAIN` when there is no room, `ESRCH` when the
    /// socket is closed.
    pub fn unicast(&self, message: Message, port: u32) -> Result {
        let user = self.enter().ok_or(ESRCH)?;
        // SAFETY: The socket is open. The function takes the message over in any case.
        to_result(unsafe { bindings::nlmsg_unicast(user.sock, message.into_raw(), port) })
    }

    fn enter(&self) -> Option<User<'_>> {
        // Before the socket is read, which the full ordering sees to: whoever closes it then either
        // sees this user, or is seen by him.
        self.users.fetch_add(1, Full);
        // INVARIANT: Counted above.
        let user = User {
            owner: self,
            sock: self.socket.load(Acquire),
        };
        (!user.sock.is_null()).then_some(user)
    }
}

/// Leave to use a socket.
///
/// # Invariants
///
/// `owner` counts it as a user, and `sock` was read after that.
struct User<'a> {
    owner: &'a KernelSocket,
    sock: *mut bindings::sock,
}

impl Drop for User<'_> {
    fn drop(&mut self) {
        self.owner.users.fetch_sub(1, Release);
    }
}

/// A [`KernelSocket`] that is open. Dropping it closes it, which may sleep.
#[must_use = "the socket is closed when this is dropped"]
pub struct OpenSocket(&'static KernelSocket);

impl Drop for OpenSocket {
    fn drop(&mut self) {
        let socket = self.0.socket.xchg(ptr::null_mut(), Full);
        while self.0.users.load(Acquire) != 0 {
            fsleep(USERS_POLL);
        }
        // SAFETY: Made by `open`, and used by nobody any more.
        unsafe { bindings::netlink_kernel_release(socket.cast()) };
    }
}

/// What netlink calls in the context of the sender.
///
/// # Safety
///
/// For netlink alone: `skb` is one that it delivers.
unsafe extern "C" fn input_callback<I: Input>(skb: *mut bindings::sk_buff) {
    // SAFETY: Netlink hands over a valid buffer, whose bytes nobody writes to during the call.
    I::receive(unsafe { Received::from_raw(skb) });
}

/// A buffer with messages from user space.
///
/// # Invariants
///
/// The pointer is valid for `'a`. Its bytes lie in one piece and are initialised; nobody else writes to
/// them, though others may have copies of the buffer that share them.
pub struct Received<'a>(*mut bindings::sk_buff, PhantomData<&'a mut ()>);

impl Received<'_> {
    /// # Safety
    ///
    /// `skb` must be a buffer that netlink delivers, whose bytes nobody else writes to for the lifetime
    /// of the result.
    unsafe fn from_raw(skb: *mut bindings::sk_buff) -> Self {
        // INVARIANT: By the requirements of this function; netlink copies what it is sent into one
        // piece.
        Self(skb, PhantomData)
    }

    /// The port of the sender's socket.
    pub fn port(&self) -> u32 {
        // SAFETY: The buffer is valid, and one of netlink's.
        unsafe { bindings::netlink_skb_portid(self.0) }
    }

    /// Whether the sender may administer the system (`CAP_SYS_ADMIN` in the initial user namespace),
    /// and whoever opened the socket could.
    pub fn sender_is_admin(&self) -> bool {
        // SAFETY: The buffer is valid, and one of netlink's.
        unsafe { bindings::netlink_capable(self.0, bindings::CAP_SYS_ADMIN as c_int) }
    }

    /// All messages.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: Valid by the type invariants.
        let (data, len) = unsafe {
            let (len, elsewhere) = ((*self.0).len, (*self.0).data_len);
            ((*self.0).data, len.saturating_sub(elsewhere))
        };
        // SAFETY: By the type invariants. The borrow of `self` keeps other slices away.
        unsafe { slice::from_raw_parts_mut(data, len as usize) }
    }
}

/// A message to send.
///
/// The padding at its end counts as payload, as far as the receiver can see.
///
/// # Invariants
///
/// The buffer is our own. It holds one message, of `payload` initialised bytes behind the header.
pub struct Message {
    skb: NonNull<bindings::sk_buff>,
    payload: usize,
}

impl Message {
    /// A message of a type, with `parts` as its payload and then `room` zero bytes.
    ///
    /// # Errors
    ///
    /// `ENOMEM`; `EMSGSIZE` when it is too long for any buffer.
    pub fn new(kind: u16, parts: &[&[u8]], room: usize, allocation: Allocation) -> Result<Self> {
        let mut len = room;
        for part in parts {
            len = len.checked_add(part.len()).ok_or(EMSGSIZE)?;
        }
        let payload = padded(len).ok_or(EMSGSIZE)?;
        let total = payload.checked_add(HEADER_LEN).ok_or(EMSGSIZE)?;
        let total = c_int::try_from(total).map_err(|_| EMSGSIZE)?;
        // SAFETY: Allocates, as the context allows by the choice of the caller.
        let skb = unsafe { bindings::alloc_skb(total.unsigned_abs(), allocation.as_raw()) };
        let skb = NonNull::new(skb).ok_or(ENOMEM)?;
        // SAFETY: The buffer is empty, with room for header and payload. The payload lies behind the
        // header, and is as long as all parts and the padding.
        unsafe {
            bindings::__nlmsg_put(skb.as_ptr(), 0, 0, c_int::from(kind), payload as c_int, 0);
            let mut at = (*skb.as_ptr()).data.add(HEADER_LEN);
            for part in parts {
                at.copy_from_nonoverlapping(part.as_ptr(), part.len());
                at = at.add(part.len());
            }
            // The room, and the padding behind it.
            at.write_bytes(0, payload.wrapping_sub(len).wrapping_add(room));
        }
        // INVARIANT: All of the payload was written above.
        Ok(Self { skb, payload })
    }

    /// The payload.
    pub fn payload_mut(&mut self) -> &mut [u8] {
        // SAFETY: By the type invariants.
        unsafe {
            let data = (*self.skb.as_ptr()).data.add(HEADER_LEN);
            slice::from_raw_parts_mut(data, self.payload)
        }
    }

    /// Cuts the payload to `len` bytes and their padding, if it is longer.
    pub fn truncate(&mut self, len: usize) {
        let Some(payload) = padded(len).filter(|payload| *payload < self.payload) else {
            return;
        };
        let total = payload.wrapping_add(HEADER_LEN) as u32;
        // SAFETY: The buffer is our own, and begins with the header, which is as aligned as it must be.
        unsafe {
            bindings::skb_trim(self.skb.as_ptr(), total);
            let header: *mut bindings::nlmsghdr = (*self.skb.as_ptr()).data.cast();
            (*header).nlmsg_len = total;
        }
        // INVARIANT: A part of what was initialised is left.
        self.payload = payload;
    }

    fn into_raw(self) -> *mut bindings::sk_buff {
        ManuallyDrop::new(self).skb.as_ptr()
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: The buffer is our own.
        unsafe { bindings::consume_skb(self.skb.as_ptr()) };
    }
}

/// A length and its padding; [`None`] when that is more than a `usize` holds.
fn padded(len: usize) -> Option<usize> {
    Some(len.checked_add(ALIGN - 1)? & !(ALIGN - 1))
}
