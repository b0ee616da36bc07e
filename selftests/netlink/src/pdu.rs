// SPDX-License-Identifier: GPL-2.0

//! Headers of PDUs (RFC 7143, section 11), as far as the checks need them.

use std::fmt;

/// Length of a Basic Header Segment.
pub(crate) const HEADER_LEN: usize = 48;

/// An Initiator Task Tag that stands for none.
const NO_TAG: u32 = u32::MAX;

/// What a PDU is, with the Immediate bit off.
pub(crate) mod opcode {
    pub(crate) const LOGIN: u8 = 0x03;
    pub(crate) const NOP_IN: u8 = 0x20;
    pub(crate) const LOGIN_RESPONSE: u8 = 0x23;
    pub(crate) const ASYNC_MESSAGE: u8 = 0x32;
    /// Nothing has this one.
    pub(crate) const RESERVED: u8 = 0x3e;
}

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
        header.0[1] = 0x87;
        header.with_task_tag(0).with_data_len(data_len)
    }

    /// The answer to a Login Request that grants what it asks for.
    pub(crate) fn login_response(request: &Self) -> Self {
        let mut header = Self::new(opcode::LOGIN_RESPONSE);
        header.0[1] = request.0[1];
        header.with_task_tag(request.task_tag())
    }

    /// A ping of the target that wants no answer.
    pub(crate) fn nop_in() -> Self {
        let mut header = Self::new(opcode::NOP_IN);
        header.0[1] = 0x80;
        // Target Transfer Tag.
        header.0[20..24].fill(0xff);
        header
    }

    /// A message of the target about itself.
    pub(crate) fn async_message() -> Self {
        let mut header = Self::new(opcode::ASYNC_MESSAGE);
        header.0[1] = 0x80;
        header
    }

    fn with_task_tag(mut self, tag: u32) -> Self {
        self.0[16..20].copy_from_slice(&tag.to_be_bytes());
        self
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
        u32::from_be_bytes([self.0[16], self.0[17], self.0[18], self.0[19]])
    }
}
