// SPDX-License-Identifier: GPL-2.0

//! Accepting Ready To Transfer (RFC 7143, section 11.8): a target asks for data of a write.

/// Why an R2T is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// An R2T has no data segment.
    HasData,
    /// R2TSN is not the next one (RFC 7143, section 11.8.2).
    R2tSn,
    /// It asks for no data (RFC 7143, section 11.8.4: "MUST NOT be zero").
    NoLength,
    /// Buffer Offset and Desired Data Transfer Length reach beyond the data of the command.
    BeyondBuffer,
}

/// The fields of an R2T that say what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct R2t {
    /// R2TSN: the number of this R2T among those of its command.
    pub r2t_sn: u32,
    /// Buffer Offset, in bytes.
    pub buffer_offset: u32,
    /// Desired Data Transfer Length, in bytes.
    pub desired_len: u32,
    /// DataSegmentLength, in bytes.
    pub data_segment_len: u32,
}

impl R2t {
    /// Checks the R2T against its command: `expected` is its next R2TSN, `buffer_len` the bytes it
    /// writes. Returns the R2TSN that is to follow.
    ///
    /// More than MaxBurstLength at once is no error: it is sent as it was asked for.
    ///
    /// # Errors
    ///
    /// [`Error`] says what is wrong; no data may be sent then.
    ///
    /// # Examples
    ///
    /// ```
    /// use iscsi_proto::r2t::{Error, R2t};
    ///
    /// let r2t = R2t { r2t_sn: 2, buffer_offset: 512, desired_len: 512, data_segment_len: 0 };
    /// assert_eq!(r2t.accept(2, 1024), Ok(3));
    /// assert_eq!(r2t.accept(1, 1024), Err(Error::R2tSn));
    /// assert_eq!(r2t.accept(2, 1023), Err(Error::BeyondBuffer));
    /// ```
    #[inline]
    pub const fn accept(&self, expected: u32, buffer_len: u32) -> Result<u32, Error> {
        if self.data_segment_len != 0 {
            return Err(Error::HasData);
        }
        if self.r2t_sn != expected {
            return Err(Error::R2tSn);
        }
        if self.desired_len == 0 {
            return Err(Error::NoLength);
        }
        match self.buffer_offset.checked_add(self.desired_len) {
            Some(end) if end <= buffer_len => Ok(expected.wrapping_add(1)),
            _ => Err(Error::BeyondBuffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WHOLE: R2t = R2t {
        r2t_sn: 0,
        buffer_offset: 0,
        desired_len: 4096,
        data_segment_len: 0,
    };

    #[test]
    fn asks_for_something_and_brings_nothing() {
        assert_eq!(WHOLE.accept(0, 4096), Ok(1));
        let nothing = R2t {
            desired_len: 0,
            ..WHOLE
        };
        assert_eq!(nothing.accept(0, 4096), Err(Error::NoLength));
        let with_data = R2t {
            data_segment_len: 1,
            ..WHOLE
        };
        assert_eq!(with_data.accept(0, 4096), Err(Error::HasData));
    }

    /// R2TSN counts the R2Ts of a command (section 11.8.2): neither a lost one nor a repeated one goes
    /// unnoticed, and that it asks for too much does not matter then.
    #[test]
    fn none_is_left_out_and_none_comes_twice() {
        let numbered = |r2t_sn| R2t { r2t_sn, ..WHOLE };
        assert_eq!(numbered(1).accept(1, 4096), Ok(2));
        assert_eq!(numbered(3).accept(2, 4096), Err(Error::R2tSn));
        assert_eq!(numbered(1).accept(2, 0), Err(Error::R2tSn));
    }

    #[test]
    fn numbers_wrap() {
        let last = R2t {
            r2t_sn: u32::MAX,
            ..WHOLE
        };
        assert_eq!(last.accept(u32::MAX, 4096), Ok(0));
    }

    proptest! {
        /// What is accepted lies within the buffer and is not empty.
        #[test]
        fn never_beyond_the_buffer(buffer_offset: u32, desired_len: u32, buffer_len: u32) {
            let r2t = R2t { buffer_offset, desired_len, ..WHOLE };
            let fits = u64::from(buffer_offset) + u64::from(desired_len) <= u64::from(buffer_len);
            prop_assert_eq!(r2t.accept(0, buffer_len).is_ok(), desired_len > 0 && fits);
        }
    }
}
