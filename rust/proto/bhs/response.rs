// SPDX-License-Identifier: GPL-2.0

//! Which response a header is (RFC 7143, section 11.2.1.2).

use super::{
    AsyncMessage,
    DataIn,
    DataInFlags,
    Header,
    HeaderError,
    LoginResponse,
    LogoutResponse,
    NopIn,
    R2t,
    Reject,
    ScsiResponse,
    TaskManagementResponse,
    TextResponse,
    U24, //
};
use crate::{
    opcode::{
        OpcodeByte,
        ResponseOpcode, //
    },
    pdu::BHS_LEN,
    tag::InitiatorTaskTag,
};
use zerocopy::byteorder::big_endian::U32;

/// Defines [`Response`], each variant of which is named like its header type and its opcode.
macro_rules! responses {
    ($($(#[$doc:meta])* $variant:ident,)+) => {
        /// The header of a PDU that a target sends.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Response<'a> {
            $($(#[$doc])* $variant(&'a $variant),)+
        }

        impl<'a> Response<'a> {
            /// The response that these bytes are the header of.
            ///
            /// # Errors
            ///
            /// No target may send this.
            #[inline]
            pub fn parse(bytes: &'a [u8; BHS_LEN]) -> Result<Self, HeaderError> {
                let [first, ..] = bytes;
                let opcode = OpcodeByte::from_bits(*first).code();
                match ResponseOpcode::try_from(opcode).map_err(HeaderError::Opcode)? {
                    $(ResponseOpcode::$variant => {
                        let header = $variant::view(bytes)?;
                        header.check()?;
                        Ok(Self::$variant(header))
                    })+
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

            /// ExpCmdSN (section 4.2.2.1).
            #[inline]
            pub const fn exp_cmd_sn(&self) -> U32 {
                match self {
                    $(Self::$variant(header) => header.exp_cmd_sn,)+
                }
            }

            /// MaxCmdSN (section 4.2.2.1).
            #[inline]
            pub const fn max_cmd_sn(&self) -> U32 {
                match self {
                    $(Self::$variant(header) => header.max_cmd_sn,)+
                }
            }
        }
    };
}

responses! {
    /// NOP-In (section 11.19).
    NopIn,
    /// SCSI Response (section 11.4).
    ScsiResponse,
    /// SCSI Task Management Function Response (section 11.6).
    TaskManagementResponse,
    /// Login Response (section 11.13).
    LoginResponse,
    /// Text Response (section 11.11).
    TextResponse,
    /// SCSI Data-In (section 11.7).
    DataIn,
    /// Logout Response (section 11.15).
    LogoutResponse,
    /// Ready To Transfer (section 11.8).
    R2t,
    /// Asynchronous Message (section 11.9).
    AsyncMessage,
    /// Reject (section 11.17).
    Reject,
}

impl Response<'_> {
    /// The StatSN that this PDU uses up (section 4.2.2.2), if it does.
    ///
    /// An R2T and a NOP-In that answers nothing carry that of the next response, and a Data-In
    /// without status none.
    #[inline]
    pub const fn stat_sn(&self) -> Option<U32> {
        match self {
            Self::NopIn(header) if header.itt.is_reserved() => None,
            Self::NopIn(header) => Some(header.stat_sn),
            Self::ScsiResponse(header) => Some(header.stat_sn),
            Self::TaskManagementResponse(header) => Some(header.stat_sn),
            Self::LoginResponse(header) => Some(header.stat_sn),
            Self::TextResponse(header) => Some(header.stat_sn),
            Self::DataIn(header) if header.flags.contains(DataInFlags::STATUS) => {
                Some(header.stat_sn)
            }
            Self::LogoutResponse(header) => Some(header.stat_sn),
            Self::AsyncMessage(header) => Some(header.stat_sn),
            Self::Reject(header) => Some(header.stat_sn),
            Self::DataIn(_) | Self::R2t(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        bhs::Bhs,
        code::UnknownCode, //
    };
    use proptest::prelude::*;

    /// Bytes that differ from each other, except for what the opcode needs.
    fn header(opcode: ResponseOpcode) -> [u8; BHS_LEN] {
        let mut bytes = [0; BHS_LEN];
        for (place, byte) in bytes.iter_mut().zip(0..) {
            *place = byte;
        }
        // The reserved bits of the first byte mean nothing.
        bytes[0] = 0xc0 | u8::from(opcode);
        bytes[1] = 0x81;
        match opcode {
            ResponseOpcode::AsyncMessage | ResponseOpcode::Reject => bytes[16..20].fill(0xff),
            ResponseOpcode::NopIn => bytes[20..24].fill(0xff),
            _ => {}
        }
        bytes
    }

    #[test]
    fn each_opcode_is_one_response() {
        for opcode in ResponseOpcode::ALL {
            let bytes = header(*opcode);
            let response = Response::parse(&bytes).unwrap();
            let found = match response {
                Response::NopIn(_) => ResponseOpcode::NopIn,
                Response::ScsiResponse(_) => ResponseOpcode::ScsiResponse,
                Response::TaskManagementResponse(_) => ResponseOpcode::TaskManagementResponse,
                Response::LoginResponse(_) => ResponseOpcode::LoginResponse,
                Response::TextResponse(_) => ResponseOpcode::TextResponse,
                Response::DataIn(_) => ResponseOpcode::DataIn,
                Response::LogoutResponse(_) => ResponseOpcode::LogoutResponse,
                Response::R2t(_) => ResponseOpcode::R2t,
                Response::AsyncMessage(_) => ResponseOpcode::AsyncMessage,
                Response::Reject(_) => ResponseOpcode::Reject,
            };
            assert_eq!(found, *opcode);
            assert_eq!(response.to_bytes(), bytes);
            assert_eq!(response.total_ahs_length(), 4);
            assert_eq!(response.data_segment_length().get(), 0x05_06_07);
            assert_eq!(response.itt().to_bytes(), bytes[16..20]);
            assert_eq!(response.exp_cmd_sn().get(), 0x1c_1d_1e_1f);
            assert_eq!(response.max_cmd_sn().get(), 0x20_21_22_23);
            assert_eq!(
                response.stat_sn().map(U32::get),
                (*opcode != ResponseOpcode::R2t).then_some(0x18_19_1a_1b)
            );
        }
    }

    #[test]
    fn some_responses_use_up_no_stat_sn() {
        let nop_in = NopIn::default();
        assert_eq!(Response::NopIn(&nop_in).stat_sn(), None);
        let data_in = DataIn::default();
        assert_eq!(Response::DataIn(&data_in).stat_sn(), None);
    }

    #[test]
    fn what_is_not_assigned_is_no_response() {
        let mut bytes = header(ResponseOpcode::NopIn);
        for opcode in [0x01, 0x1f, 0x27, 0x3c, 0x3e] {
            bytes[0] = opcode;
            assert_eq!(
                Response::parse(&bytes),
                Err(HeaderError::Opcode(UnknownCode(opcode)))
            );
        }
    }

    #[test]
    fn a_rule_that_is_broken_is_named() {
        let mut bytes = header(ResponseOpcode::R2t);
        bytes[1] = 0;
        assert_eq!(Response::parse(&bytes), Err(HeaderError::NotFinal));
    }

    proptest! {
        /// Whatever comes, it is refused or it is seen as it is.
        #[test]
        fn any_bytes_may_come(
            opcode in proptest::sample::select(ResponseOpcode::ALL),
            assigned: bool,
            head: [u8; 32],
            tail: [u8; 16],
        ) {
            let mut bytes = [0; BHS_LEN];
            bytes[..32].copy_from_slice(&head);
            bytes[32..].copy_from_slice(&tail);
            if assigned {
                bytes[0] = opcode.into();
            }
            let bhs = Bhs::view(&bytes).unwrap();
            if let Ok(response) = Response::parse(&bytes) {
                prop_assert_eq!(response.itt(), bhs.itt);
                prop_assert_eq!(response.to_bytes(), bytes);
                prop_assert_eq!(response.data_segment_length(), bhs.data_segment_length);
                prop_assert_eq!(response.total_ahs_length(), bhs.total_ahs_length);
            }
        }

        /// What is built is parsed.
        #[test]
        fn a_response_is_read_as_built(
            itt: [u8; 4],
            numbers: [u32; 5],
            data_len in 0..=U24::MAX,
            response: u8,
            status: u8,
        ) {
            let itt = InitiatorTaskTag::from_bytes(itt);
            prop_assume!(!itt.is_reserved());
            let mut built = ScsiResponse::default();
            built.response = response;
            built.status = status;
            built.data_segment_length = U24::new(data_len).unwrap();
            built.itt = itt;
            built.stat_sn = numbers[0].into();
            built.exp_cmd_sn = numbers[1].into();
            built.max_cmd_sn = numbers[2].into();
            built.exp_data_sn = numbers[3].into();
            built.residual_count = numbers[4].into();
            let bytes = built.to_bytes();
            prop_assert_eq!(&bytes[44..], &numbers[4].to_be_bytes());
            prop_assert_eq!(Response::parse(&bytes), Ok(Response::ScsiResponse(&built)));
        }
    }
}
