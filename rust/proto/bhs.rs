// SPDX-License-Identifier: GPL-2.0

//! The Basic Header Segments (RFC 7143, section 11): one type for each, exactly as on the wire.
//!
//! The types only name bytes; any 48 bytes are a value of each. [`Response::parse`] and
//! [`Request::parse`] say which of them a header is, and whether it keeps the rules that can be
//! judged by the header alone. Reserved bits and fields may hold anything, as section 11.2 wants.
//! `Default` gives a header with its opcode, its constant bits and reserved tags set and all else
//! zero, to be filled in.
//!
//! # Examples
//!
//! ```
//! use iscsi_proto::bhs::{Header, NopIn, Response};
//!
//! let mut nop_in = NopIn::default();
//! nop_in.max_cmd_sn = 7.into();
//! let bytes = nop_in.to_bytes();
//! assert_eq!(bytes[..2], [0x20, 0x80]);
//!
//! let Ok(Response::NopIn(parsed)) = Response::parse(&bytes) else {
//!     panic!("this is a NOP-In");
//! };
//! assert_eq!(parsed, &nop_in);
//! ```

use crate::{
    code::{
        flags,
        UnknownCode, //
    },
    opcode::OpcodeByte,
    pdu::{
        BHS_LEN,
        DATA_SEGMENT_MAX_LEN, //
    },
    tag::InitiatorTaskTag,
};
use zerocopy::{
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout,
    Unaligned, //
};
use zerocopy_derive::{
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout,
    Unaligned, //
};

/// Declares a header: its derives, its `Default` and the check of its size.
macro_rules! header {
    (
        $(#[$meta:meta])*
        $name:ident($opcode:expr, $flags:expr) {
            $($(#[$doc:meta])* $vis:vis $field:ident: $type:ty,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(
            Clone,
            Copy,
            Debug,
            PartialEq,
            Eq,
            zerocopy_derive::FromBytes,
            zerocopy_derive::Immutable,
            zerocopy_derive::IntoBytes,
            zerocopy_derive::KnownLayout,
            zerocopy_derive::Unaligned,
        )]
        #[repr(C)]
        pub struct $name {
            $($(#[$doc])* $vis $field: $type,)+
        }

        const _: () = assert!(core::mem::size_of::<$name>() == $crate::pdu::BHS_LEN);

        impl $crate::bhs::Header for $name {}

        impl Default for $name {
            /// Opcode, constant bits and reserved tags as they have to be; all else zero.
            fn default() -> Self {
                let mut header = Self {
                    $($field: Default::default(),)+
                };
                header.opcode = $opcode;
                header.flags = $flags;
                header
            }
        }
    };
}

mod async_message;
mod data;
mod login;
mod logout;
mod nop;
mod r2t;
mod reject;
mod request;
mod response;
mod scsi_command;
mod scsi_response;
mod snack;
mod task_management;
mod text;

pub use async_message::{
    AsyncEvent,
    AsyncMessage, //
};
pub use data::{
    DataIn,
    DataInFlags,
    DataOut, //
};
pub use login::{
    LoginFlags,
    LoginRequest,
    LoginResponse,
    LoginStage,
    LoginStatus,
    LoginStatusClass, //
};
pub use logout::{
    LogoutFlags,
    LogoutReason,
    LogoutRequest,
    LogoutResponse,
    LogoutResponseCode, //
};
pub use nop::{
    NopIn,
    NopInRole,
    NopOut,
    NopOutRole, //
};
pub use r2t::R2t;
pub use reject::{
    Reject,
    RejectReason, //
};
pub use request::Request;
pub use response::Response;
pub use scsi_command::{
    ScsiCommand,
    ScsiCommandFlags,
    TaskAttribute,
    CDB_LEN, //
};
pub use scsi_response::{
    ScsiResponse,
    ScsiResponseCode,
    ScsiResponseFlags, //
};
pub use snack::{
    SnackFlags,
    SnackRequest,
    SnackType, //
};
pub use task_management::{
    TaskManagementFlags,
    TaskManagementFunction,
    TaskManagementRequest,
    TaskManagementResponse,
    TaskManagementResponseCode, //
};
pub use text::{
    TextFlags,
    TextRequest,
    TextResponse, //
};

/// Why a header is none that its sender may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// There are not as many bytes as a header has.
    Length,
    /// The opcode is not assigned, or it is one of the other side (section 11.2.1.2).
    Opcode(UnknownCode),
    /// The first bit of the flags is clear where it has to be set (section 11.2.1.3).
    NotFinal,
    /// The I bit is clear where it has to be set (sections 11.12 and 11.18.1).
    NotImmediate,
    /// The Initiator Task Tag is the reserved one where there has to be a task, or another one
    /// where it has to be the reserved one (section 11.2.1.8).
    TaskTag,
    /// The Target Transfer Tag is the reserved one, or another one, where it must not be
    /// (sections 11.8.5 and 11.19.1).
    TransferTag,
    /// Data is expected, but neither to be read nor to be written (section 11.3.1).
    NoDirection,
}

/// A number of three bytes in network byte order: a DataSegmentLength.
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
    KnownLayout,
    Unaligned, //
)]
#[repr(transparent)]
pub struct U24([u8; 3]);

impl U24 {
    /// The largest of them.
    pub const MAX: u32 = DATA_SEGMENT_MAX_LEN;

    /// `value` in three bytes, or [`None`] if it has more.
    #[inline]
    pub const fn new(value: u32) -> Option<Self> {
        match value.to_be_bytes() {
            [0, high, middle, low] => Some(Self([high, middle, low])),
            _ => None,
        }
    }

    /// Its value.
    #[inline]
    pub const fn get(self) -> u32 {
        let [high, middle, low] = self.0;
        u32::from_be_bytes([0, high, middle, low])
    }
}

/// A Logical Unit Number as SAM encodes it (RFC 7143, section 11.2.1.7).
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
    KnownLayout,
    Unaligned, //
)]
#[repr(transparent)]
pub struct Lun([u8; 8]);

impl Lun {
    /// The logical unit of these bytes of a header.
    #[inline]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The bytes as they go into a header.
    #[inline]
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0
    }

    /// The logical unit with this number, as Linux numbers them: each level of the address, of two
    /// bytes, is a digit, the first level the lowest (`int_to_scsilun()`).
    #[inline]
    pub const fn from_number(number: u64) -> Self {
        let [a, b, c, d, e, f, g, h] = number.to_le_bytes();
        Self([b, a, d, c, f, e, h, g])
    }

    /// The number of the logical unit: see [`Self::from_number`].
    #[inline]
    pub const fn number(self) -> u64 {
        let [b, a, d, c, f, e, h, g] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

flags! {
    /// The flags of a header in which only the first bit means something.
    FinalFlag {
        /// F: the last, or the only PDU of a sequence (section 11.2.1.3).
        FINAL = 0x80,
    }
}

/// What all headers have in common.
pub trait Header: FromBytes + Immutable + IntoBytes + KnownLayout + Unaligned {
    /// The header in these bytes, whatever its opcode says.
    ///
    /// # Errors
    ///
    /// [`HeaderError::Length`] unless there are exactly 48 bytes.
    #[inline]
    fn view(bytes: &[u8]) -> Result<&Self, HeaderError> {
        Self::ref_from_bytes(bytes).map_err(|_| HeaderError::Length)
    }

    /// The bytes as they go on the wire.
    #[inline]
    fn to_bytes(&self) -> [u8; BHS_LEN] {
        let mut bytes = [0; BHS_LEN];
        // Every header has this size, which is asserted where it is declared.
        let _ = self.write_to(&mut bytes);
        bytes
    }
}

header! {
    /// The part of a header that does not depend on the opcode (RFC 7143, section 11.2.1).
    Bhs(OpcodeByte::default(), 0) {
        /// Opcode and I bit (sections 11.2.1.1 and 11.2.1.2).
        pub opcode: OpcodeByte,
        /// The F bit and flags of the opcode (section 11.2.1.3).
        pub flags: u8,
        /// More of the opcode's own fields (section 11.2.1.4).
        pub specific: [u8; 2],
        /// TotalAHSLength, in words of four bytes (section 11.2.1.5).
        pub total_ahs_length: u8,
        /// DataSegmentLength, in bytes, without padding (section 11.2.1.6).
        pub data_segment_length: U24,
        /// The logical unit, or two fields of the opcode's own (section 11.2.1.7).
        pub lun: Lun,
        /// Initiator Task Tag (section 11.2.1.8).
        pub itt: InitiatorTaskTag,
        /// The opcode's own fields.
        pub specific_rest: [[u8; 4]; 7],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logical_unit_has_a_digit_for_each_level() {
        for (number, bytes) in [
            (0, [0; 8]),
            (5, [0, 5, 0, 0, 0, 0, 0, 0]),
            (0x4123, [0x41, 0x23, 0, 0, 0, 0, 0, 0]),
            (0x0807_0605_0403_0201, [2, 1, 4, 3, 6, 5, 8, 7]),
        ] {
            assert_eq!(Lun::from_number(number).to_bytes(), bytes);
            assert_eq!(Lun::from_bytes(bytes).number(), number);
        }
    }

    #[test]
    fn u24_has_three_bytes_in_network_order() {
        assert_eq!(U24::new(0x01_02_03).unwrap().as_bytes(), [1, 2, 3]);
        assert_eq!(U24::new(U24::MAX).unwrap().get(), 0x00ff_ffff);
        assert_eq!(U24::new(0x0100_0000), None);
        assert_eq!(U24::default().get(), 0);
    }

    #[test]
    fn lun_keeps_its_bytes() {
        let bytes = [0, 1, 2, 3, 4, 5, 6, 7];
        assert_eq!(Lun::from_bytes(bytes).to_bytes(), bytes);
    }

    // The figure of section 11.2.1.
    #[test]
    fn common_fields_are_where_the_figure_has_them() {
        let mut bytes = [0; BHS_LEN];
        for (place, byte) in bytes.iter_mut().zip(0..) {
            *place = byte;
        }
        let bhs = Bhs::view(&bytes).unwrap();
        assert_eq!(bhs.opcode.bits(), 0);
        assert_eq!(bhs.flags, 1);
        assert_eq!(bhs.specific, [2, 3]);
        assert_eq!(bhs.total_ahs_length, 4);
        assert_eq!(bhs.data_segment_length.get(), 0x05_06_07);
        assert_eq!(bhs.lun.to_bytes(), [8, 9, 10, 11, 12, 13, 14, 15]);
        assert_eq!(bhs.itt.to_bytes(), [16, 17, 18, 19]);
        assert_eq!(bhs.specific_rest[0], [20, 21, 22, 23]);
        assert_eq!(bhs.to_bytes(), bytes);
        assert_eq!(Bhs::default().to_bytes()[16..20], [0xff; 4]);
    }

    #[test]
    fn a_header_has_48_bytes() {
        assert_eq!(Bhs::view(&[0; 47]), Err(HeaderError::Length));
        assert_eq!(Bhs::view(&[0; 49]), Err(HeaderError::Length));
    }
}
