// SPDX-License-Identifier: GPL-2.0

//! The R2Ts of a write (RFC 7143, section 11.8): accepted are those of the right number that ask for some of the
//! command's data, computed with numbers that cannot overflow.

use crate::input::{words, Input};
use iscsi_proto::r2t::{Error, R2t};

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let buffer_len = input.word();
    let mut expected = input.word();
    while !input.is_empty() {
        let r2t = R2t {
            r2t_sn: expected.wrapping_add(input.word()),
            buffer_offset: input.word(),
            desired_len: input.word(),
            data_segment_len: input.word(),
        };
        let accepted = r2t.accept(expected, buffer_len);
        let fits =
            u64::from(r2t.buffer_offset) + u64::from(r2t.desired_len) <= u64::from(buffer_len);
        match accepted {
            Ok(next) => {
                assert!(r2t.data_segment_len == 0 && r2t.desired_len > 0);
                assert!(fits && r2t.r2t_sn == expected);
                assert_eq!(next, expected.wrapping_add(1));
            }
            Err(Error::HasData) => assert_ne!(r2t.data_segment_len, 0),
            Err(Error::R2tSn) => assert_ne!(r2t.r2t_sn, expected),
            Err(Error::NoLength) => assert_eq!(r2t.desired_len, 0),
            Err(Error::BeyondBuffer) => assert!(!fits),
        }
        expected = accepted.unwrap_or(expected);
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    vec![
        // All of a buffer in two turns.
        words([65536, 0, 0, 0, 32768, 0, 0, 32768, 32768, 0]),
        // With data; of another number; for nothing.
        words([512, 0, 0, 0, 512, 4]),
        words([512, u32::MAX, 1, 0, 512, 0]),
        words([512, 0, 0, 0, 0, 0]),
        // One byte too many; an end beyond 2^32.
        words([512, 0, 0, 1, 512, 0]),
        words([u32::MAX, 0, 0, u32::MAX, u32::MAX, 0]),
    ]
}
