// SPDX-License-Identifier: GPL-2.0

//! The Data-In PDUs of a read (RFC 7143, section 11.7): accepted are those of the right number whose data fits
//! into the buffer, computed with numbers that cannot overflow.

use crate::input::{words, Input};
use iscsi_proto::data_in::{DataIn, Error};

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let buffer_len = input.word();
    let mut expected = input.word();
    while !input.is_empty() {
        let pdu = DataIn {
            data_sn: expected.wrapping_add(input.word()),
            buffer_offset: input.word(),
            len: input.word(),
        };
        let accepted = pdu.accept(expected, buffer_len);
        let fits = u64::from(pdu.buffer_offset) + u64::from(pdu.len) <= u64::from(buffer_len);
        match accepted {
            Ok(next) if pdu.len == 0 => assert_eq!(next, expected),
            Ok(next) => {
                assert!(fits && pdu.data_sn == expected);
                assert_eq!(next, expected.wrapping_add(1));
            }
            Err(Error::DataSn) => assert!(pdu.len > 0 && pdu.data_sn != expected),
            Err(Error::BeyondBuffer) => assert!(pdu.len > 0 && !fits),
        }
        expected = accepted.unwrap_or(expected);
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    vec![
        // Two halves of a buffer and a PDU with nothing but the status.
        words([8192, 0, 0, 0, 4096, 0, 4096, 4096, 9, 0, 0]),
        // Twice the same; one byte too many; an end beyond 2^32; the last number.
        words([8192, 7, 0, 0, 4096, u32::MAX, 0, 4096]),
        words([8192, 0, 0, 4096, 4097]),
        words([
            u32::MAX,
            u32::MAX,
            0,
            u32::MAX,
            u32::MAX,
            0,
            u32::MAX - 1,
            1,
        ]),
    ]
}
