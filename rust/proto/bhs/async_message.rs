// SPDX-License-Identifier: GPL-2.0

//! Asynchronous Message (RFC 7143, section 11.9).

use super::{
    FinalFlag,
    HeaderError,
    Lun,
    U24, //
};
use crate::{
    code::UnknownCode,
    opcode::{
        OpcodeByte,
        ResponseOpcode, //
    },
    tag::InitiatorTaskTag,
};
use zerocopy::byteorder::big_endian::{
    U16,
    U32, //
};

/// What a target reports (RFC 7143, section 11.9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsyncEvent {
    /// 0: A SCSI asynchronous event; the data segment has its sense data.
    Scsi,
    /// 1: The target requests a logout, within [`AsyncMessage::parameter3`] seconds.
    LogoutRequest,
    /// 2: The target has dropped or will drop the connection of CID [`AsyncMessage::parameter1`].
    ConnectionDrop,
    /// 3: The target has dropped or will drop all connections of the session.
    SessionDrop,
    /// 4: The target requests a parameter negotiation, within [`AsyncMessage::parameter3`] seconds.
    Negotiation,
    /// 5: All tasks of the logical unit are being terminated.
    TaskTermination,
    /// 248 to 255: An event of a vendor's.
    Vendor(u8),
}

impl TryFrom<u8> for AsyncEvent {
    type Error = UnknownCode;

    #[inline]
    fn try_from(value: u8) -> Result<Self, Self::Error> {
        match value {
            0 => Ok(Self::Scsi),
            1 => Ok(Self::LogoutRequest),
            2 => Ok(Self::ConnectionDrop),
            3 => Ok(Self::SessionDrop),
            4 => Ok(Self::Negotiation),
            5 => Ok(Self::TaskTermination),
            248.. => Ok(Self::Vendor(value)),
            _ => Err(UnknownCode(value)),
        }
    }
}

header! {
    /// Asynchronous Message (RFC 7143, section 11.9).
    AsyncMessage(
        OpcodeByte::response(ResponseOpcode::AsyncMessage),
        FinalFlag::FINAL
    ) {
        /// Opcode.
        pub opcode: OpcodeByte,
        /// The first bit, which is always set.
        pub flags: FinalFlag,
        _reserved: [u8; 2],
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength: sense data, or a vendor's (section 11.9.4).
        pub data_segment_length: U24,
        /// The logical unit, for the events that have one.
        pub lun: Lun,
        /// The reserved tag.
        pub itt: InitiatorTaskTag,
        _reserved1: [u8; 4],
        /// StatSN.
        pub stat_sn: U32,
        /// ExpCmdSN.
        pub exp_cmd_sn: U32,
        /// MaxCmdSN.
        pub max_cmd_sn: U32,
        /// AsyncEvent: see [`Self::event`].
        pub async_event: u8,
        /// AsyncVCode: the vendor's code (section 11.9.2).
        pub async_vcode: u8,
        /// Parameter1: a CID (section 11.9.1).
        pub parameter1: U16,
        /// Parameter2: Time2Wait, in seconds (section 11.9.1).
        pub parameter2: U16,
        /// Parameter3: Time2Retain, or how long to wait, in seconds (section 11.9.1).
        pub parameter3: U16,
        _reserved2: [u8; 4],
    }
}

impl AsyncMessage {
    /// AsyncEvent (section 11.9.1).
    ///
    /// # Errors
    ///
    /// The value is not assigned.
    #[inline]
    pub fn event(&self) -> Result<AsyncEvent, UnknownCode> {
        AsyncEvent::try_from(self.async_event)
    }

    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if !self.itt.is_reserved() {
            Err(HeaderError::TaskTag)
        } else if !self.flags.contains(FinalFlag::FINAL) {
            Err(HeaderError::NotFinal)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    // The figure of section 11.9.
    #[test]
    fn fields_are_where_the_figure_has_them() {
        assert_eq!(offset_of!(AsyncMessage, flags), 1);
        assert_eq!(offset_of!(AsyncMessage, total_ahs_length), 4);
        assert_eq!(offset_of!(AsyncMessage, data_segment_length), 5);
        assert_eq!(offset_of!(AsyncMessage, lun), 8);
        assert_eq!(offset_of!(AsyncMessage, itt), 16);
        assert_eq!(offset_of!(AsyncMessage, stat_sn), 24);
        assert_eq!(offset_of!(AsyncMessage, exp_cmd_sn), 28);
        assert_eq!(offset_of!(AsyncMessage, max_cmd_sn), 32);
        assert_eq!(offset_of!(AsyncMessage, async_event), 36);
        assert_eq!(offset_of!(AsyncMessage, async_vcode), 37);
        assert_eq!(offset_of!(AsyncMessage, parameter1), 38);
        assert_eq!(offset_of!(AsyncMessage, parameter2), 40);
        assert_eq!(offset_of!(AsyncMessage, parameter3), 42);
    }

    #[test]
    fn events_are_assigned_or_of_a_vendor() {
        let event = |async_event| {
            let message = AsyncMessage {
                async_event,
                ..Default::default()
            };
            message.event()
        };
        assert_eq!(event(0), Ok(AsyncEvent::Scsi));
        assert_eq!(event(1), Ok(AsyncEvent::LogoutRequest));
        assert_eq!(event(2), Ok(AsyncEvent::ConnectionDrop));
        assert_eq!(event(3), Ok(AsyncEvent::SessionDrop));
        assert_eq!(event(4), Ok(AsyncEvent::Negotiation));
        assert_eq!(event(5), Ok(AsyncEvent::TaskTermination));
        assert_eq!(event(6), Err(UnknownCode(6)));
        assert_eq!(event(247), Err(UnknownCode(247)));
        assert_eq!(event(255), Ok(AsyncEvent::Vendor(255)));
    }

    #[test]
    fn it_is_about_no_task_and_final() {
        let mut message = AsyncMessage::default();
        assert_eq!(message.check(), Ok(()));
        message.flags = FinalFlag::default();
        assert_eq!(message.check(), Err(HeaderError::NotFinal));
        message.itt = InitiatorTaskTag::from_bytes([0; 4]);
        assert_eq!(message.check(), Err(HeaderError::TaskTag));
    }
}
