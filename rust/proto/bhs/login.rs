// SPDX-License-Identifier: GPL-2.0

//! Login Request and Login Response (RFC 7143, sections 11.12 and 11.13).

use super::{
    HeaderError,
    U24, //
};
use crate::{
    code::{
        codes,
        flags,
        UnknownCode, //
    },
    opcode::{
        OpcodeByte,
        RequestOpcode,
        ResponseOpcode, //
    },
    tag::InitiatorTaskTag,
};
use zerocopy::byteorder::big_endian::{
    U16,
    U32, //
};

codes! {
    /// A stage of the login (RFC 7143, section 11.12.3).
    LoginStage: u8 {
        /// SecurityNegotiation.
        SecurityNegotiation = 0,
        /// LoginOperationalNegotiation.
        OperationalNegotiation = 1,
        /// FullFeaturePhase.
        FullFeaturePhase = 3,
    }
}

flags! {
    /// Flags and stages of a login (RFC 7143, sections 11.12.1 to 11.12.3).
    LoginFlags {
        /// T: ready to go on to the next stage.
        TRANSIT = 0x80,
        /// C: the text goes on in the sender's next PDU.
        CONTINUE = 0x40,
    }
}

impl LoginFlags {
    const STAGE: u8 = 0x03;
    const CURRENT_SHIFT: u32 = 2;

    /// CSG: the stage the login is in.
    ///
    /// # Errors
    ///
    /// The value is reserved.
    #[inline]
    pub fn current_stage(self) -> Result<LoginStage, UnknownCode> {
        LoginStage::try_from((self.bits() >> Self::CURRENT_SHIFT) & Self::STAGE)
    }

    /// NSG: the stage to go to, which says something with T only.
    ///
    /// # Errors
    ///
    /// The value is reserved.
    #[inline]
    pub fn next_stage(self) -> Result<LoginStage, UnknownCode> {
        LoginStage::try_from(self.bits() & Self::STAGE)
    }

    /// These flags with `current` and `next` in place of the stages they have.
    #[inline]
    pub const fn with_stages(self, current: LoginStage, next: LoginStage) -> Self {
        let stages = (Self::STAGE << Self::CURRENT_SHIFT) | Self::STAGE;
        let new = ((current as u8) << Self::CURRENT_SHIFT) | next as u8;
        Self::from_bits((self.bits() & !stages) | new)
    }

    /// Whether at most one of T and C is set, as has to be: text that goes on ends no stage.
    #[inline]
    pub const fn is_consistent(self) -> bool {
        !(self.contains(Self::TRANSIT) && self.contains(Self::CONTINUE))
    }
}

header! {
    /// Login Request (RFC 7143, section 11.12).
    LoginRequest(
        OpcodeByte::request(RequestOpcode::LoginRequest, true),
        LoginFlags::default()
    ) {
        /// Opcode and I bit, which is always set.
        pub opcode: OpcodeByte,
        /// T, C, CSG and NSG.
        pub flags: LoginFlags,
        /// Version-max (section 11.12.4).
        pub version_max: u8,
        /// Version-min (section 11.12.4).
        pub version_min: u8,
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength: the text.
        pub data_segment_length: U24,
        /// ISID (section 11.12.5).
        pub isid: [u8; 6],
        /// TSIH (section 11.12.6).
        pub tsih: U16,
        /// Initiator Task Tag.
        pub itt: InitiatorTaskTag,
        /// CID (section 11.12.7).
        pub cid: U16,
        _reserved: [u8; 2],
        /// CmdSN (section 11.12.8).
        pub cmd_sn: U32,
        /// ExpStatSN (section 11.12.9).
        pub exp_stat_sn: U32,
        _reserved1: [u8; 16],
    }
}

impl LoginRequest {
    /// Versions, stages and text are for the login to judge, which answers with a status.
    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if self.itt.is_reserved() {
            Err(HeaderError::TaskTag)
        } else if !self.opcode.is_immediate() {
            Err(HeaderError::NotImmediate)
        } else {
            Ok(())
        }
    }
}

codes! {
    /// Status-Class of a login (RFC 7143, section 11.13.5). It suffices to know the class.
    LoginStatusClass: u8 {
        /// Success.
        Success = 0,
        /// Redirection.
        Redirection = 1,
        /// Initiator Error: not to be tried again as it is.
        InitiatorError = 2,
        /// Target Error: may be tried again.
        TargetError = 3,
    }
}

codes! {
    /// Status-Class and Status-Detail of a login (RFC 7143, section 11.13.5), class first.
    LoginStatus: u16 {
        /// Success.
        Success = 0x0000,
        /// Target moved temporarily.
        MovedTemporarily = 0x0101,
        /// Target moved permanently.
        MovedPermanently = 0x0102,
        /// Initiator error of some kind.
        InitiatorError = 0x0200,
        /// Authentication failure.
        AuthenticationFailure = 0x0201,
        /// Authorization failure.
        AuthorizationFailure = 0x0202,
        /// Not found.
        NotFound = 0x0203,
        /// Target removed.
        TargetRemoved = 0x0204,
        /// Unsupported version.
        UnsupportedVersion = 0x0205,
        /// Too many connections.
        TooManyConnections = 0x0206,
        /// Missing parameter.
        MissingParameter = 0x0207,
        /// Can't include in session.
        CannotIncludeInSession = 0x0208,
        /// Session type not supported.
        SessionTypeNotSupported = 0x0209,
        /// Session does not exist.
        NoSession = 0x020a,
        /// Invalid during login.
        InvalidDuringLogin = 0x020b,
        /// Target error.
        TargetError = 0x0300,
        /// Service unavailable.
        ServiceUnavailable = 0x0301,
        /// Out of resources.
        OutOfResources = 0x0302,
    }
}

header! {
    /// Login Response (RFC 7143, section 11.13).
    LoginResponse(
        OpcodeByte::response(ResponseOpcode::LoginResponse),
        LoginFlags::default()
    ) {
        /// Opcode.
        pub opcode: OpcodeByte,
        /// T, C, CSG and NSG.
        pub flags: LoginFlags,
        /// Version-max (section 11.13.1).
        pub version_max: u8,
        /// Version-active (section 11.13.2).
        pub version_active: u8,
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength: the text.
        pub data_segment_length: U24,
        /// ISID.
        pub isid: [u8; 6],
        /// TSIH (section 11.13.3).
        pub tsih: U16,
        /// Initiator Task Tag.
        pub itt: InitiatorTaskTag,
        _reserved: [u8; 4],
        /// StatSN (section 11.13.4).
        pub stat_sn: U32,
        /// ExpCmdSN.
        pub exp_cmd_sn: U32,
        /// MaxCmdSN.
        pub max_cmd_sn: U32,
        /// Status-Class: see [`Self::status`].
        pub status_class: u8,
        /// Status-Detail: see [`Self::status`].
        pub status_detail: u8,
        _reserved1: [u8; 10],
    }
}

impl LoginResponse {
    /// Status-Class (section 11.13.5).
    ///
    /// # Errors
    ///
    /// The value is reserved.
    #[inline]
    pub fn class(&self) -> Result<LoginStatusClass, UnknownCode> {
        LoginStatusClass::try_from(self.status_class)
    }

    /// Status-Class and Status-Detail (section 11.13.5).
    ///
    /// # Errors
    ///
    /// The detail is not assigned; [`Self::class`] may be known nevertheless.
    #[inline]
    pub fn status(&self) -> Result<LoginStatus, UnknownCode<u16>> {
        LoginStatus::try_from(u16::from_be_bytes([self.status_class, self.status_detail]))
    }

    /// The rest is for user space to judge, which does the login.
    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if self.itt.is_reserved() {
            return Err(HeaderError::TaskTag);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;

    // The figures of sections 11.12 and 11.13.
    #[test]
    fn fields_are_where_the_figures_have_them() {
        assert_eq!(offset_of!(LoginRequest, flags), 1);
        assert_eq!(offset_of!(LoginRequest, version_max), 2);
        assert_eq!(offset_of!(LoginRequest, version_min), 3);
        assert_eq!(offset_of!(LoginRequest, total_ahs_length), 4);
        assert_eq!(offset_of!(LoginRequest, data_segment_length), 5);
        assert_eq!(offset_of!(LoginRequest, isid), 8);
        assert_eq!(offset_of!(LoginRequest, tsih), 14);
        assert_eq!(offset_of!(LoginRequest, itt), 16);
        assert_eq!(offset_of!(LoginRequest, cid), 20);
        assert_eq!(offset_of!(LoginRequest, cmd_sn), 24);
        assert_eq!(offset_of!(LoginRequest, exp_stat_sn), 28);

        assert_eq!(offset_of!(LoginResponse, flags), 1);
        assert_eq!(offset_of!(LoginResponse, version_max), 2);
        assert_eq!(offset_of!(LoginResponse, version_active), 3);
        assert_eq!(offset_of!(LoginResponse, total_ahs_length), 4);
        assert_eq!(offset_of!(LoginResponse, data_segment_length), 5);
        assert_eq!(offset_of!(LoginResponse, isid), 8);
        assert_eq!(offset_of!(LoginResponse, tsih), 14);
        assert_eq!(offset_of!(LoginResponse, itt), 16);
        assert_eq!(offset_of!(LoginResponse, stat_sn), 24);
        assert_eq!(offset_of!(LoginResponse, exp_cmd_sn), 28);
        assert_eq!(offset_of!(LoginResponse, max_cmd_sn), 32);
        assert_eq!(offset_of!(LoginResponse, status_class), 36);
        assert_eq!(offset_of!(LoginResponse, status_detail), 37);
    }

    #[test]
    fn stages_are_two_bits_each() {
        let flags = LoginFlags::TRANSIT.with_stages(
            LoginStage::OperationalNegotiation,
            LoginStage::FullFeaturePhase,
        );
        assert_eq!(flags.bits(), 0x87);
        assert_eq!(
            flags.current_stage(),
            Ok(LoginStage::OperationalNegotiation)
        );
        assert_eq!(flags.next_stage(), Ok(LoginStage::FullFeaturePhase));
        let flags = flags.with_stages(
            LoginStage::SecurityNegotiation,
            LoginStage::OperationalNegotiation,
        );
        assert_eq!(flags.bits(), 0x81);
        let reserved = LoginFlags::from_bits(0x0a);
        assert_eq!(reserved.current_stage(), Err(UnknownCode(2)));
        assert_eq!(reserved.next_stage(), Err(UnknownCode(2)));
    }

    #[test]
    fn text_that_goes_on_ends_no_stage() {
        assert!(LoginFlags::TRANSIT.is_consistent());
        assert!(LoginFlags::CONTINUE.is_consistent());
        assert!(!(LoginFlags::TRANSIT | LoginFlags::CONTINUE).is_consistent());
    }

    #[test]
    fn class_is_known_without_its_detail() {
        let mut response = LoginResponse::default();
        assert_eq!(response.status(), Ok(LoginStatus::Success));
        response.status_class = 3;
        response.status_detail = 1;
        assert_eq!(response.status(), Ok(LoginStatus::ServiceUnavailable));
        response.status_detail = 0x77;
        assert_eq!(response.status(), Err(UnknownCode(0x0377)));
        assert_eq!(response.class(), Ok(LoginStatusClass::TargetError));
        response.status_class = 4;
        assert_eq!(response.class(), Err(UnknownCode(4)));
        for status in LoginStatus::ALL {
            assert!(LoginStatusClass::try_from((u16::from(*status) >> 8) as u8).is_ok());
        }
    }

    #[test]
    fn requests_are_immediate() {
        let mut request = LoginRequest::default();
        assert_eq!(request.check(), Err(HeaderError::TaskTag));
        request.itt = InitiatorTaskTag::from_bytes([0; 4]);
        assert_eq!(request.check(), Ok(()));
        request.opcode = OpcodeByte::request(RequestOpcode::LoginRequest, false);
        assert_eq!(request.check(), Err(HeaderError::NotImmediate));

        let mut response = LoginResponse::default();
        assert_eq!(response.check(), Err(HeaderError::TaskTag));
        response.itt = InitiatorTaskTag::from_bytes([0; 4]);
        assert_eq!(response.check(), Ok(()));
    }
}
