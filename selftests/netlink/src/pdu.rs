// SPDX-License-Identifier: GPL-2.0

//! Headers of PDUs (RFC 7143, section 11), as far as the checks need them.

use std::fmt;

/// Length of a Basic Header Segment.
pub(crate) const HEADER_LEN: usize = 48;

/// How many commands the target is ready for.
const COMMAND_WINDOW: u32 = 32;

/// A tag that stands for none.
const NO_TAG: u32 = u32::MAX;

/// What a PDU is, with the Immediate bit off.
pub(crate) mod opcode {
    pub(crate) const SCSI_COMMAND: u8 = 0x01;
    pub(crate) const TASK_MANAGEMENT: u8 = 0x02;
    pub(crate) const LOGIN: u8 = 0x03;
    pub(crate) const LOGOUT: u8 = 0x06;
    pub(crate) const NOP_IN: u8 = 0x20;
    pub(crate) const SCSI_RESPONSE: u8 = 0x21;
    pub(crate) const TASK_MANAGEMENT_RESPONSE: u8 = 0x22;
    pub(crate) const LOGIN_RESPONSE: u8 = 0x23;
    pub(crate) const DATA_IN: u8 = 0x25;
    pub(crate) const R2T: u8 = 0x31;
    pub(crate) const ASYNC_MESSAGE: u8 = 0x32;
    /// Nothing has this one.
    pub(crate) const RESERVED: u8 = 0x3e;
}

/// What a Task Management Request asks for, and how it is answered.
pub(crate) mod task_management {
    pub(crate) const ABORT_TASK: u8 = 1;
    pub(crate) const LOGICAL_UNIT_RESET: u8 = 5;
    pub(crate) const COMPLETE: u8 = 0;
    pub(crate) const REJECTED: u8 = 255;
}

/// Where fields are that several PDUs have.
const FLAGS: usize = 1;
const TASK_TAG: usize = 16;
const TARGET_TAG: usize = 20;
const CMD_SN: usize = 24;
const STAT_SN: usize = 24;
const EXP_CMD_SN: usize = 28;
const MAX_CMD_SN: usize = 32;
const CDB: usize = 32;
const BUFFER_OFFSET: usize = 40;
/// The Final bit, and two of Data-In.
const FINAL: u8 = 0x80;
const UNDERFLOW: u8 = 0x02;
const STATUS: u8 = 0x01;

/// A Basic Header Segment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header(pub(crate) [u8; HEADER_LEN]);

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "opcode {:#04x}, ", self.opcode())?;
        write!(f, "{} bytes of data, ", self.data_len())?;
        write!(f, "tag {:#x}", self.task_tag())
    }
}

impl Header {
    /// A header with nothing but its opcode and no task.
    pub(crate) fn new(opcode: u8) -> Self {
        let mut header = Self([0; HEADER_LEN]);
        header.0[0] = opcode;
        header.with_task_tag(NO_TAG)
    }

    /// A Login Request that asks for the full feature phase, with `data_len` bytes of text.
    pub(crate) fn login(data_len: u32) -> Self {
        let mut header = Self::new(0x40 | opcode::LOGIN);
        // Transit from the operational stage.
        header.0[FLAGS] = 0x87;
        header.with_task_tag(0).with_data_len(data_len)
    }

    /// The answer to a Login Request that grants what it asks for.
    pub(crate) fn login_response(request: &Self) -> Self {
        let mut header = Self::new(opcode::LOGIN_RESPONSE);
        header.0[FLAGS] = request.0[FLAGS];
        header.with_task_tag(request.task_tag())
    }

    /// A Logout Request that ends the session.
    pub(crate) fn logout() -> Self {
        let mut header = Self::new(0x40 | opcode::LOGOUT);
        header.0[FLAGS] = FINAL;
        header.with_task_tag(0)
    }

    /// A ping of the target that wants no answer.
    pub(crate) fn nop_in() -> Self {
        let mut header = Self::new(opcode::NOP_IN);
        header.0[FLAGS] = FINAL;
        header.with_word(TARGET_TAG, NO_TAG)
    }

    /// A message of the target about itself.
    pub(crate) fn async_message() -> Self {
        let mut header = Self::new(opcode::ASYNC_MESSAGE);
        header.0[FLAGS] = FINAL;
        header
    }

    /// The only Data-In of a command that is thereby done with good status, having wanted more bytes.
    pub(crate) fn data_in(command: &Self, data_len: u32) -> Self {
        let missing = command.word(TARGET_TAG).saturating_sub(data_len);
        let mut header = Self::new(opcode::DATA_IN);
        header.0[FLAGS] = FINAL | STATUS | if missing > 0 { UNDERFLOW } else { 0 };
        header
            .with_task_tag(command.task_tag())
            .with_data_len(data_len)
            .with_word(TARGET_TAG, NO_TAG)
            .with_word(44, missing)
    }

    /// Good status.
    pub(crate) fn scsi_response(command: &Self) -> Self {
        let mut header = Self::new(opcode::SCSI_RESPONSE);
        header.0[FLAGS] = FINAL;
        header.with_task_tag(command.task_tag())
    }

    /// Asks for the first `len` bytes of a command's data.
    pub(crate) fn r2t(command: &Self, len: u32) -> Self {
        let mut header = Self::new(opcode::R2T);
        header.0[FLAGS] = FINAL;
        header
            .with_task_tag(command.task_tag())
            .with_word(TARGET_TAG, 1)
            .with_word(BUFFER_OFFSET, 0)
            .with_word(44, len)
    }

    /// The answer to a Task Management Request.
    pub(crate) fn task_management_response(request: &Self, response: u8) -> Self {
        let mut header = Self::new(opcode::TASK_MANAGEMENT_RESPONSE);
        header.0[FLAGS] = FINAL;
        header.0[2] = response;
        header.with_task_tag(request.task_tag())
    }

    /// The PDU of the target as the number `stat_sn`, when it expects the command `exp_cmd_sn` next.
    pub(crate) fn numbered(self, stat_sn: u32, exp_cmd_sn: u32) -> Self {
        self.with_word(STAT_SN, stat_sn)
            .with_word(EXP_CMD_SN, exp_cmd_sn)
            .with_word(MAX_CMD_SN, exp_cmd_sn.wrapping_add(COMMAND_WINDOW))
    }

    fn with_word(mut self, offset: usize, value: u32) -> Self {
        self.0[offset..offset + 4].copy_from_slice(&value.to_be_bytes());
        self
    }

    fn word(&self, offset: usize) -> u32 {
        let bytes = [0, 1, 2, 3].map(|index| self.0[offset + index]);
        u32::from_be_bytes(bytes)
    }

    fn with_task_tag(self, tag: u32) -> Self {
        self.with_word(TASK_TAG, tag)
    }

    fn with_data_len(mut self, len: u32) -> Self {
        self.0[5..8].copy_from_slice(&len.to_be_bytes()[1..]);
        self
    }

    /// What the PDU is.
    pub(crate) fn opcode(&self) -> u8 {
        self.0[0] & 0x3f
    }

    /// DataSegmentLength.
    pub(crate) fn data_len(&self) -> u32 {
        u32::from_be_bytes([0, self.0[5], self.0[6], self.0[7]])
    }

    /// Initiator Task Tag.
    pub(crate) fn task_tag(&self) -> u32 {
        self.word(TASK_TAG)
    }

    /// CmdSN, unless the command is immediate and so has none of its own.
    pub(crate) fn cmd_sn(&self) -> Option<u32> {
        (self.0[0] & 0x40 == 0).then(|| self.word(CMD_SN))
    }

    /// The operation code of a SCSI command.
    pub(crate) fn cdb_opcode(&self) -> u8 {
        self.0[CDB]
    }

    /// What a Task Management Request asks for.
    pub(crate) fn task_management_function(&self) -> u8 {
        self.0[FLAGS] & 0x7f
    }
}
