// SPDX-License-Identifier: GPL-2.0

//! SCSI Task Management Function Request and Response (RFC 7143, sections 11.5 and 11.6).

use super::{
    FinalFlag,
    HeaderError,
    Lun,
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
    serial::SerialNumber,
    tag::InitiatorTaskTag,
};
use zerocopy::byteorder::big_endian::U32;

codes! {
    /// What to do (RFC 7143, section 11.5.1).
    TaskManagementFunction: u8 {
        /// ABORT TASK: aborts the task of the Referenced Task Tag.
        AbortTask = 1,
        /// ABORT TASK SET: aborts all tasks of this session on the logical unit.
        AbortTaskSet = 2,
        /// CLEAR ACA.
        ClearAca = 3,
        /// CLEAR TASK SET: aborts all tasks in the task set.
        ClearTaskSet = 4,
        /// LOGICAL UNIT RESET.
        LogicalUnitReset = 5,
        /// TARGET WARM RESET.
        TargetWarmReset = 6,
        /// TARGET COLD RESET: also ends all sessions.
        TargetColdReset = 7,
        /// TASK REASSIGN: moves a task to this connection.
        TaskReassign = 8,
    }
}

flags! {
    /// Function of a request (RFC 7143, section 11.5).
    TaskManagementFlags {
        /// The first bit, which is always set.
        FINAL = 0x80,
    }
}

impl TaskManagementFlags {
    const FUNCTION: u8 = 0x7f;

    /// The flags of a request to do `function`.
    #[inline]
    pub const fn of(function: TaskManagementFunction) -> Self {
        Self::from_bits(Self::FINAL.bits() | function as u8)
    }

    /// Function (section 11.5.1).
    ///
    /// # Errors
    ///
    /// The value is reserved.
    #[inline]
    pub fn function(self) -> Result<TaskManagementFunction, UnknownCode> {
        TaskManagementFunction::try_from(self.bits() & Self::FUNCTION)
    }
}

header! {
    /// SCSI Task Management Function Request (RFC 7143, section 11.5).
    TaskManagementRequest(
        OpcodeByte::request(RequestOpcode::TaskManagementRequest, true),
        TaskManagementFlags::FINAL
    ) {
        /// Opcode and I bit.
        pub opcode: OpcodeByte,
        /// The first bit and Function.
        pub flags: TaskManagementFlags,
        _reserved: [u8; 2],
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength.
        pub data_segment_length: U24,
        /// The logical unit (section 11.5.3).
        pub lun: Lun,
        /// Initiator Task Tag of this request.
        pub itt: InitiatorTaskTag,
        /// Referenced Task Tag: that of the task to abort or reassign (section 11.5.4).
        pub referenced_task_tag: InitiatorTaskTag,
        /// CmdSN.
        pub cmd_sn: U32,
        /// ExpStatSN.
        pub exp_stat_sn: U32,
        /// RefCmdSN: CmdSN of the task to abort (section 11.5.5).
        pub ref_cmd_sn: U32,
        /// ExpDataSN: where data of a reassigned task goes on (section 11.5.6).
        pub exp_data_sn: U32,
        _reserved1: [u8; 8],
    }
}

impl TaskManagementRequest {
    /// Asks for ABORT TASK of the task of `lun` with the tag `referenced`, whose command was sent
    /// with the CmdSN `ref_cmd_sn` (sections 11.5.4 and 11.5.5). The tag and the numbers of the
    /// request itself are left to be filled in.
    #[inline]
    pub fn abort_task(lun: Lun, referenced: InitiatorTaskTag, ref_cmd_sn: SerialNumber) -> Self {
        Self {
            flags: TaskManagementFlags::of(TaskManagementFunction::AbortTask),
            lun,
            referenced_task_tag: referenced,
            ref_cmd_sn: ref_cmd_sn.into(),
            ..Self::default()
        }
    }

    /// Asks for LOGICAL UNIT RESET of `lun`. The tag and the numbers of the request itself are left
    /// to be filled in.
    #[inline]
    pub fn logical_unit_reset(lun: Lun) -> Self {
        Self {
            flags: TaskManagementFlags::of(TaskManagementFunction::LogicalUnitReset),
            lun,
            ..Self::default()
        }
    }

    /// Asks for TARGET WARM RESET, which concerns no logical unit more than another. The tag and
    /// the numbers of the request itself are left to be filled in.
    #[inline]
    pub fn target_warm_reset() -> Self {
        Self {
            flags: TaskManagementFlags::of(TaskManagementFunction::TargetWarmReset),
            ..Self::default()
        }
    }

    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if self.itt.is_reserved() {
            Err(HeaderError::TaskTag)
        } else if !self.flags.contains(TaskManagementFlags::FINAL) {
            Err(HeaderError::NotFinal)
        } else {
            Ok(())
        }
    }
}

codes! {
    /// What became of the function (RFC 7143, section 11.6.1).
    TaskManagementResponseCode: u8 {
        /// Function complete.
        Complete = 0x00,
        /// Task does not exist.
        NoTask = 0x01,
        /// LUN does not exist.
        NoLun = 0x02,
        /// Task still allegiant.
        StillAllegiant = 0x03,
        /// Task allegiance reassignment not supported.
        NoReassignment = 0x04,
        /// Task management function not supported.
        NotSupported = 0x05,
        /// Function authorization failed.
        AuthorizationFailed = 0x06,
        /// Function rejected.
        Rejected = 0xff,
    }
}

header! {
    /// SCSI Task Management Function Response (RFC 7143, section 11.6).
    TaskManagementResponse(
        OpcodeByte::response(ResponseOpcode::TaskManagementResponse),
        FinalFlag::FINAL
    ) {
        /// Opcode.
        pub opcode: OpcodeByte,
        /// The first bit, which is always set.
        pub flags: FinalFlag,
        /// Response: see [`Self::response_code`].
        pub response: u8,
        _reserved: u8,
        /// TotalAHSLength, in words of four bytes.
        pub total_ahs_length: u8,
        /// DataSegmentLength.
        pub data_segment_length: U24,
        _reserved1: [u8; 8],
        /// Initiator Task Tag of the request.
        pub itt: InitiatorTaskTag,
        _reserved2: [u8; 4],
        /// StatSN.
        pub stat_sn: U32,
        /// ExpCmdSN.
        pub exp_cmd_sn: U32,
        /// MaxCmdSN.
        pub max_cmd_sn: U32,
        _reserved3: [u8; 12],
    }
}

impl TaskManagementResponse {
    /// Response (section 11.6.1).
    ///
    /// # Errors
    ///
    /// The value is reserved.
    #[inline]
    pub fn response_code(&self) -> Result<TaskManagementResponseCode, UnknownCode> {
        TaskManagementResponseCode::try_from(self.response)
    }

    pub(super) fn check(&self) -> Result<(), HeaderError> {
        if self.itt.is_reserved() {
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

    // The figures of sections 11.5 and 11.6.
    #[test]
    fn fields_are_where_the_figures_have_them() {
        assert_eq!(offset_of!(TaskManagementRequest, flags), 1);
        assert_eq!(offset_of!(TaskManagementRequest, total_ahs_length), 4);
        assert_eq!(offset_of!(TaskManagementRequest, data_segment_length), 5);
        assert_eq!(offset_of!(TaskManagementRequest, lun), 8);
        assert_eq!(offset_of!(TaskManagementRequest, itt), 16);
        assert_eq!(offset_of!(TaskManagementRequest, referenced_task_tag), 20);
        assert_eq!(offset_of!(TaskManagementRequest, cmd_sn), 24);
        assert_eq!(offset_of!(TaskManagementRequest, exp_stat_sn), 28);
        assert_eq!(offset_of!(TaskManagementRequest, ref_cmd_sn), 32);
        assert_eq!(offset_of!(TaskManagementRequest, exp_data_sn), 36);

        assert_eq!(offset_of!(TaskManagementResponse, flags), 1);
        assert_eq!(offset_of!(TaskManagementResponse, response), 2);
        assert_eq!(offset_of!(TaskManagementResponse, total_ahs_length), 4);
        assert_eq!(offset_of!(TaskManagementResponse, data_segment_length), 5);
        assert_eq!(offset_of!(TaskManagementResponse, itt), 16);
        assert_eq!(offset_of!(TaskManagementResponse, stat_sn), 24);
        assert_eq!(offset_of!(TaskManagementResponse, exp_cmd_sn), 28);
        assert_eq!(offset_of!(TaskManagementResponse, max_cmd_sn), 32);
    }

    #[test]
    fn function_shares_a_byte_with_a_constant_bit() {
        for function in TaskManagementFunction::ALL {
            let flags = TaskManagementFlags::of(*function);
            assert_eq!(flags.bits(), 0x80 | u8::from(*function));
            assert_eq!(flags.function(), Ok(*function));
        }
        assert_eq!(
            TaskManagementFlags::from_bits(0x80).function(),
            Err(UnknownCode(0))
        );
    }

    #[test]
    fn response_may_be_reserved() {
        let mut response = TaskManagementResponse {
            response: 0xff,
            ..Default::default()
        };
        assert_eq!(
            response.response_code(),
            Ok(TaskManagementResponseCode::Rejected)
        );
        response.response = 0x80;
        assert_eq!(response.response_code(), Err(UnknownCode(0x80)));
    }

    #[test]
    fn both_are_about_a_task_and_final() {
        let itt = InitiatorTaskTag::from_bytes([0; 4]);
        let mut request = TaskManagementRequest::default();
        assert_eq!(request.check(), Err(HeaderError::TaskTag));
        request.itt = itt;
        assert_eq!(request.check(), Ok(()));
        request.flags = TaskManagementFlags::from_bits(1);
        assert_eq!(request.check(), Err(HeaderError::NotFinal));

        let mut response = TaskManagementResponse::default();
        assert_eq!(response.check(), Err(HeaderError::TaskTag));
        response.itt = itt;
        assert_eq!(response.check(), Ok(()));
        response.flags = FinalFlag::default();
        assert_eq!(response.check(), Err(HeaderError::NotFinal));
    }

    #[test]
    fn requests_say_what_to_do_and_to_whom() {
        use crate::bhs::Header;
        let lun = Lun::from_bytes([0, 1, 0, 2, 0, 0, 0, 0]);
        let referenced = InitiatorTaskTag::from_bytes([5, 6, 7, 8]);
        let abort = TaskManagementRequest::abort_task(lun, referenced, 0x0a0b_0c0d.into());
        let reset = TaskManagementRequest::logical_unit_reset(lun);
        let target = TaskManagementRequest::target_warm_reset();
        for (request, function, lun, referenced, ref_cmd_sn) in [
            (
                abort,
                0x81,
                lun.to_bytes(),
                [5, 6, 7, 8],
                [0x0a, 0x0b, 0x0c, 0x0d],
            ),
            (reset, 0x85, lun.to_bytes(), [0xff; 4], [0; 4]),
            (target, 0x86, [0; 8], [0xff; 4], [0; 4]),
        ] {
            let mut expected = [0; 48];
            // Immediate.
            expected[..2].copy_from_slice(&[0x42, function]);
            expected[8..16].copy_from_slice(&lun);
            expected[16..20].copy_from_slice(&[0xff; 4]);
            expected[20..24].copy_from_slice(&referenced);
            expected[32..36].copy_from_slice(&ref_cmd_sn);
            assert_eq!(request.to_bytes(), expected);
        }
    }
}
