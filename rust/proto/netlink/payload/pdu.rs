// SPDX-License-Identifier: GPL-2.0

//! PDUs to send.

use super::Refusal;
use crate::pdu::BHS_LEN;

/// A PDU to send, where it lies in the payload. Drivers may write to it.
#[derive(Debug, PartialEq, Eq)]
pub struct Pdu<'a> {
    /// Its Basic Header Segment.
    pub header: &'a mut [u8; BHS_LEN],
    /// Its data segment, without padding.
    pub data: &'a mut [u8],
}

/// The PDU in `payload`, whose header is said to have `header_len` bytes, and whose data behind it
/// `data_len`.
///
/// # Errors
///
/// The header is shorter than a header is, or there is less than that in the payload.
pub fn pdu(payload: &mut [u8], header_len: u32, data_len: u32) -> Result<Pdu<'_>, Refusal> {
    let refusal = Refusal::HeaderLen {
        declared: header_len,
        payload: payload.len(),
    };
    let Some((headers, behind)) = payload.split_at_mut_checked(header_len as usize) else {
        return Err(refusal);
    };
    let Some(header) = headers.first_chunk_mut::<BHS_LEN>() else {
        return Err(refusal);
    };
    let rest = behind.len();
    let Some(data) = behind.get_mut(..data_len as usize) else {
        return Err(Refusal::DataLen {
            declared: data_len,
            rest,
        });
    };
    Ok(Pdu { header, data })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pdu_has_a_whole_header_and_all_its_data() {
        let mut payload = [0; 100];
        for (byte, value) in payload.iter_mut().zip(0..) {
            *byte = value;
        }
        let mut header = *payload.first_chunk().unwrap();
        for (header_len, data_len, start, end) in [
            (48, 0, 48, 48),
            (48, 52, 48, 100),
            (48, 10, 48, 58),
            (52, 48, 52, 100),
            (100, 0, 100, 100),
        ] {
            let mut copy = payload;
            let expected = Pdu {
                header: &mut header,
                data: &mut copy[start..end],
            };
            assert_eq!(pdu(&mut payload, header_len, data_len), Ok(expected));
        }
        for declared in [0, 1, 47, 101, u32::MAX] {
            assert_eq!(
                pdu(&mut payload, declared, 0),
                Err(Refusal::HeaderLen {
                    declared,
                    payload: 100
                })
            );
        }
        for (header_len, declared, rest) in [
            (48, 53, 52),
            (48, u32::MAX, 52),
            (100, 1, 0),
            (49, u32::MAX - 48, 51),
        ] {
            assert_eq!(
                pdu(&mut payload, header_len, declared),
                Err(Refusal::DataLen { declared, rest })
            );
        }
        assert!(pdu(&mut payload[..47], 47, 0).is_err());
        assert!(pdu(&mut payload[..47], 48, 0).is_err());
        assert!(pdu(&mut payload[..48], 48, 0).is_ok());
    }

    proptest! {
        /// Whatever is declared, both parts lie in the payload, the one behind the other.
        #[test]
        fn any_pdu_may_come(
            payload in proptest::collection::vec(any::<u8>(), 0..120),
            header_len in prop_oneof![any::<u32>(), 40u32..130],
            data_len in prop_oneof![any::<u32>(), 0u32..80],
        ) {
            let end = u64::from(header_len) + u64::from(data_len);
            let fits = header_len >= 48 && end <= payload.len() as u64;
            match pdu(&mut payload.clone(), header_len, data_len) {
                Ok(Pdu { header, data }) => {
                    prop_assert!(fits);
                    prop_assert_eq!(&header[..], &payload[..48]);
                    prop_assert_eq!(data, &payload[header_len as usize..end as usize]);
                }
                Err(_) => prop_assert!(!fits),
            }
        }
    }
}
