// SPDX-License-Identifier: GPL-2.0

//! The event of a message.

use super::EVENT_LEN;
use zerocopy_derive::{
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout, //
};

/// The fields of an event (`struct iscsi_uevent`). Its two unions are words here: who knows the
/// command knows what they mean.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout, //
)]
#[repr(C)]
pub(super) struct Fields {
    /// What the event is (`type`).
    pub(super) kind: u32,
    /// A negative error number in an answer of that kind (`iferror`).
    pub(super) error: u32,
    /// Which transport it is about.
    pub(super) transport_handle: u64,
    /// What user space wants to tell (`u`).
    pub(super) request: [u32; 6],
    /// What the class wants to tell (`r`).
    pub(super) answer: [u32; 4],
}

/// The event of a message from user space, not checked in any way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a>(&'a [u8; EVENT_LEN]);

impl<'a> Event<'a> {
    /// The event of these bytes.
    #[inline]
    pub const fn new(bytes: &'a [u8; EVENT_LEN]) -> Self {
        Self(bytes)
    }

    /// What the sender says that the event is. The command is [`Message::kind`], whatever this is.
    ///
    /// [`Message::kind`]: super::Message::kind
    #[inline]
    pub fn kind(&self) -> u32 {
        self.fields().kind
    }

    /// The handle of the transport that the command is for.
    #[inline]
    pub fn transport_handle(&self) -> u64 {
        self.fields().transport_handle
    }

    /// The bytes as they came.
    #[inline]
    pub const fn bytes(&self) -> &'a [u8; EVENT_LEN] {
        self.0
    }

    #[inline]
    pub(super) fn fields(&self) -> Fields {
        zerocopy::transmute!(*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_is_where_the_header_has_it() {
        let mut bytes = [0; EVENT_LEN];
        for (byte, value) in bytes.iter_mut().zip(0..) {
            *byte = value;
        }
        let word = |start: u8| u32::from_ne_bytes([start, start + 1, start + 2, start + 3]);
        let event = Event::new(&bytes);
        assert_eq!(event.bytes(), &bytes);
        assert_eq!(event.kind(), word(0));
        assert_eq!(
            event.transport_handle(),
            u64::from_ne_bytes([8, 9, 10, 11, 12, 13, 14, 15])
        );
        let fields = event.fields();
        assert_eq!(fields.error, word(4));
        assert_eq!(fields.request, [16, 20, 24, 28, 32, 36].map(word));
        assert_eq!(fields.answer, [40, 44, 48, 52].map(word));
    }
}
