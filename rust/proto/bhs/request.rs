// SPDX-License-Identifier: GPL-2.0

//! Which request a header is (RFC 7143, section 11.2.1.2).

use super::{
    DataOut,
    Header,
    HeaderError,
    LoginRequest,
    LogoutRequest,
    NopOut,
    ScsiCommand,
    SnackRequest,
    TaskManagementRequest,
    TextRequest,
    U24, //
};
use crate::{
    opcode::{
        OpcodeByte,
        RequestOpcode, //
    },
    pdu::BHS_LEN,
    tag::InitiatorTaskTag,
};
use zerocopy::byteorder::big_endian::U32;

/// Defines [`Request`], each variant of which is named like its header type and its opcode.
macro_rules! requests {
    ($($(#[$doc:meta])* $variant:ident,)+) => {
        /// The header of a PDU that an initiator sends.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Request<'a> {
            $($(#[$doc])* $variant(&'a $variant),)+
        }

        impl<'a> Request<'a> {
            /// The request that these bytes are the header of.
            ///
            /// # Errors
            ///
            /// No initiator may send this.
            #[inline]
            pub fn parse(bytes: &'a [u8; BHS_LEN]) -> Result<Self, HeaderError> {
                let [first, ..] = bytes;
                let opcode = OpcodeByte::from_bits(*first).code();
                match RequestOpcode::try_from(opcode).map_err(HeaderError::Opcode)? {
                    $(RequestOpcode::$variant => {
                        let header = $variant::view(bytes)?;
                        header.check()?;
                        Ok(Self::$variant(header))
                    })+
                }
            }

            /// The I bit (section 11.2.1.1).
            #[inline]
            pub const fn is_immediate(&self) -> bool {
                match self {
                    $(Self::$variant(header) => header.opcode.is_immediate(),)+
                }
            }

            /// The bytes as they go on the wire.
            #[inline]
            pub fn to_bytes(&self) -> [u8; BHS_LEN] {
                match self {
                    $(Self::$variant(header) => header.to_bytes(),)+
                }
            }

            /// TotalAHSLength, in words of four bytes (section 11.2.1.5).
            #[inline]
            pub const fn total_ahs_length(&self) -> u8 {
                match self {
                    $(Self::$variant(header) => header.total_ahs_length,)+
                }
            }

            /// DataSegmentLength (section 11.2.1.6).
            #[inline]
            pub const fn data_segment_length(&self) -> U24 {
                match self {
                    $(Self::$variant(header) => header.data_segment_length,)+
                }
            }

            /// Initiator Task Tag (section 11.2.1.8).
            #[inline]
            pub const fn itt(&self) -> InitiatorTaskTag {
                match self {
                    $(Self::$variant(header) => header.itt,)+
                }
            }

            /// ExpStatSN (section 4.2.2.2).
            #[inline]
            pub const fn exp_stat_sn(&self) -> U32 {
                match self {
                    $(Self::$variant(header) => header.exp_stat_sn,)+
                }
            }
        }
    };
}

requests! {
    /// NOP-Out (section 11.18).
    NopOut,
    /// SCSI Command (section 11.3).
    ScsiCommand,
    /// SCSI Task Management Function Request (section 11.5).
    TaskManagementRequest,
    /// Login Request (section 11.12).
    LoginRequest,
    /// Text Request (section 11.10).
    TextRequest,
    /// SCSI Data-Out (section 11.7).
    DataOut,
    /// Logout Request (section 11.14).
    LogoutRequest,
    /// SNACK Request (section 11.16).
    SnackRequest,
}

impl Request<'_> {
    /// CmdSN (section 4.2.2.1), which Data-Out and SNACK do not have.
    #[inline]
    pub const fn cmd_sn(&self) -> Option<U32> {
        match self {
            Self::NopOut(header) => Some(header.cmd_sn),
            Self::ScsiCommand(header) => Some(header.cmd_sn),
            Self::TaskManagementRequest(header) => Some(header.cmd_sn),
            Self::LoginRequest(header) => Some(header.cmd_sn),
            Self::TextRequest(header) => Some(header.cmd_sn),
            Self::LogoutRequest(header) => Some(header.cmd_sn),
            Self::DataOut(_) | Self::SnackRequest(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bhs::{
            Bhs,
            ScsiCommandFlags,
            TaskAttribute,
            CDB_LEN, //
        },
        code::UnknownCode, //
    };
    use proptest::prelude::*;

    /// Bytes that differ from each other, with this opcode and the first flag set.
    fn header(opcode: u8) -> [u8; BHS_LEN] {
        let mut bytes = [0; BHS_LEN];
        for (place, byte) in bytes.iter_mut().zip(0..) {
            *place = byte;
        }
        bytes[0] = opcode;
        bytes[1] = 0xe0;
        bytes
    }

    #[test]
    fn each_opcode_is_one_request() {
        for opcode in RequestOpcode::ALL {
            let bytes = header(0x40 | u8::from(*opcode));
            let request = Request::parse(&bytes).unwrap();
            let found = match request {
                Request::NopOut(_) => RequestOpcode::NopOut,
                Request::ScsiCommand(_) => RequestOpcode::ScsiCommand,
                Request::TaskManagementRequest(_) => RequestOpcode::TaskManagementRequest,
                Request::LoginRequest(_) => RequestOpcode::LoginRequest,
                Request::TextRequest(_) => RequestOpcode::TextRequest,
                Request::DataOut(_) => RequestOpcode::DataOut,
                Request::LogoutRequest(_) => RequestOpcode::LogoutRequest,
                Request::SnackRequest(_) => RequestOpcode::SnackRequest,
            };
            assert_eq!(found, *opcode);
            assert_eq!(request.to_bytes(), bytes);
            assert!(request.is_immediate());
            assert_eq!(request.total_ahs_length(), 4);
            assert_eq!(request.data_segment_length().get(), 0x05_06_07);
            assert_eq!(request.itt().to_bytes(), [16, 17, 18, 19]);
            assert_eq!(request.exp_stat_sn().get(), 0x1c_1d_1e_1f);
            let numbered = !matches!(opcode, RequestOpcode::DataOut | RequestOpcode::SnackRequest);
            assert_eq!(
                request.cmd_sn().map(U32::get),
                numbered.then_some(0x18_19_1a_1b)
            );
        }
    }

    #[test]
    fn a_response_is_no_request() {
        assert_eq!(
            Request::parse(&header(0x20)),
            Err(HeaderError::Opcode(UnknownCode(0x20)))
        );
    }

    proptest! {
        /// Whatever comes, it is refused or it is seen as it is.
        #[test]
        fn any_bytes_may_come(head: [u8; 32], tail: [u8; 16]) {
            let mut bytes = [0; BHS_LEN];
            bytes[..32].copy_from_slice(&head);
            bytes[32..].copy_from_slice(&tail);
            let bhs = Bhs::view(&bytes).unwrap();
            if let Ok(request) = Request::parse(&bytes) {
                prop_assert_eq!(request.is_immediate(), bhs.opcode.is_immediate());
                prop_assert_eq!(request.itt(), bhs.itt);
                prop_assert_eq!(request.to_bytes(), bytes);
                prop_assert_eq!(request.data_segment_length(), bhs.data_segment_length);
            }
        }

        /// What is built is parsed.
        #[test]
        fn a_command_is_read_as_built(
            itt: [u8; 4],
            numbers: [u32; 3],
            data_len in 0..=U24::MAX,
            attribute in proptest::sample::select(TaskAttribute::ALL),
            cdb: [u8; CDB_LEN],
        ) {
            let itt = InitiatorTaskTag::from_bytes(itt);
            prop_assume!(!itt.is_reserved());
            let flags = ScsiCommandFlags::FINAL | ScsiCommandFlags::WRITE;
            let mut built = ScsiCommand::default();
            built.flags = flags.with_attribute(attribute);
            built.data_segment_length = U24::new(data_len).unwrap();
            built.itt = itt;
            built.expected_data_transfer_length = numbers[0].into();
            built.cmd_sn = numbers[1].into();
            built.exp_stat_sn = numbers[2].into();
            built.cdb = cdb;
            let bytes = built.to_bytes();
            prop_assert_eq!(&bytes[20..24], &numbers[0].to_be_bytes());
            prop_assert_eq!(Request::parse(&bytes), Ok(Request::ScsiCommand(&built)));
            prop_assert_eq!(built.data_segment_length.get(), data_len);
        }
    }
}
