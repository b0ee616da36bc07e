// SPDX-License-Identifier: GPL-2.0

//! Accepting SCSI Data-In (RFC 7143, section 11.7): the data of a read.

/// Why a Data-In PDU is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// DataSN is not the next one (RFC 7143, section 11.7.5): a PDU was lost or repeated.
    DataSn,
    /// Buffer Offset and DataSegmentLength reach beyond the data the command asked for.
    BeyondBuffer,
}

/// The fields of a Data-In PDU that say where its data belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataIn {
    /// DataSN: the number of this PDU among those of its command.
    pub data_sn: u32,
    /// Buffer Offset, in bytes.
    pub buffer_offset: u32,
    /// DataSegmentLength, in bytes.
    pub len: u32,
}

impl DataIn {
    /// Checks the PDU against its command: `expected` is the DataSN of its next Data-In with data,
    /// `buffer_len` the bytes it asked for. Returns the DataSN that is to follow.
    ///
    /// A PDU without data is not numbered among the others, as some targets send one for nothing but
    /// the status.
    ///
    /// # Errors
    ///
    /// [`Error`] says what is wrong; the data may not be stored then.
    ///
    /// # Examples
    ///
    /// ```
    /// use iscsi_proto::data_in::{DataIn, Error};
    ///
    /// let pdu = DataIn { data_sn: 0, buffer_offset: 0, len: 4096 };
    /// assert_eq!(pdu.accept(0, 4096), Ok(1));
    /// assert_eq!(pdu.accept(1, 4096), Err(Error::DataSn));
    /// assert_eq!(pdu.accept(0, 4095), Err(Error::BeyondBuffer));
    /// ```
    #[inline]
    pub const fn accept(&self, expected: u32, buffer_len: u32) -> Result<u32, Error> {
        if self.len == 0 {
            return Ok(expected);
        }
        if self.data_sn != expected {
            return Err(Error::DataSn);
        }
        match self.buffer_offset.checked_add(self.len) {
            Some(end) if end <= buffer_len => Ok(expected.wrapping_add(1)),
            _ => Err(Error::BeyondBuffer),
        }
    }

    /// Where the data of this PDU ends in the buffer, in bytes.
    #[inline]
    pub const fn end(&self) -> u32 {
        self.buffer_offset.wrapping_add(self.len)
    }

    /// Whether the data goes on at `end`, where that of the PDU before has ended.
    ///
    /// With DataPDUInOrder and DataSequenceInOrder it has to (RFC 7143, sections 13.18 and 13.19):
    /// otherwise a part of the buffer would be left as it was, or be written twice.
    #[inline]
    pub const fn continues(&self, end: u32) -> bool {
        self.len == 0 || self.buffer_offset == end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// DataSN counts the PDUs of a command (section 11.7.5): neither a lost one nor a repeated one goes
    /// unnoticed.
    #[test]
    fn none_is_left_out_and_none_comes_twice() {
        let numbered = |data_sn| DataIn {
            data_sn,
            buffer_offset: 0,
            len: 512,
        };
        assert_eq!(numbered(0).accept(0, 512), Ok(1));
        assert_eq!(numbered(2).accept(1, 512), Err(Error::DataSn));
        assert_eq!(numbered(0).accept(1, 512), Err(Error::DataSn));
        assert_eq!(numbered(1).accept(1, 512), Ok(2));
    }

    /// In order there are neither gaps nor overlaps (sections 13.18 and 13.19).
    #[test]
    fn data_in_order_begins_where_the_last_has_ended() {
        let pdu = DataIn {
            data_sn: 1,
            buffer_offset: 8192,
            len: 512,
        };
        assert!(pdu.continues(8192));
        assert!(!pdu.continues(7680));
        assert!(!pdu.continues(8193));
        assert_eq!(pdu.end(), 8704);
        // Nothing is nowhere.
        assert!(DataIn { len: 0, ..pdu }.continues(0));
    }

    #[test]
    fn numbers_wrap() {
        let last = DataIn {
            data_sn: u32::MAX,
            buffer_offset: 0,
            len: 1,
        };
        assert_eq!(last.accept(u32::MAX, 1), Ok(0));
    }

    #[test]
    fn a_sum_that_wraps_is_beyond_the_buffer() {
        for (buffer_offset, len) in [(u32::MAX, 1), (u32::MAX - 511, 512), (1, u32::MAX)] {
            let pdu = DataIn {
                data_sn: 3,
                buffer_offset,
                len,
            };
            assert_eq!(pdu.accept(3, u32::MAX - 1), Err(Error::BeyondBuffer));
        }
    }

    #[test]
    fn without_data_nothing_is_numbered() {
        let status = DataIn {
            data_sn: 77,
            buffer_offset: u32::MAX,
            len: 0,
        };
        assert_eq!(status.accept(5, 0), Ok(5));
    }

    proptest! {
        /// What is accepted lies within the buffer.
        #[test]
        fn never_beyond_the_buffer(data_sn: u32, buffer_offset: u32, len: u32, buffer_len: u32) {
            let pdu = DataIn { data_sn, buffer_offset, len };
            let fits = u64::from(buffer_offset) + u64::from(len) <= u64::from(buffer_len);
            prop_assert_eq!(pdu.accept(data_sn, buffer_len).is_ok(), len == 0 || fits);
        }
    }
}
