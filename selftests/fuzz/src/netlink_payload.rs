// SPDX-License-Identifier: GPL-2.0

//! Payloads of netlink commands and the lengths they are said to have: what is accepted lies in the payload and is
//! what its rule says, and what is refused breaks it.

use crate::{input::Input, param};
use iscsi_proto::netlink::payload::{
    address,
    address_fits,
    chap_len,
    custom_stats,
    declared_text,
    path,
    pdu,
    text,
    Refusal, //
};

pub(crate) fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let lengths = [input.word(), input.word()];
    let page_size = usize::from(input.short());
    let payload = input.take_rest();
    let [first, second] = lengths;
    // Most lengths are true or nearly so.
    let near = |len: u32, whole: usize| (len as usize) % (whole + 2);
    let declared = u32::try_from(near(first, payload.len())).expect("it is short");
    let header_len = u32::try_from(near(first, 64.min(payload.len()))).expect("it is short");
    for declared in [first, declared] {
        check_text(payload, declared, page_size);
    }
    check_pdu(payload, first, second);
    check_pdu(payload, header_len, second);
    let rest = payload.len().saturating_sub(header_len as usize);
    let data_len = u32::try_from(near(second, rest)).expect("it is short");
    check_pdu(payload, header_len, data_len);
    check_address(payload);
    check_path(payload);
    check_counts(first);
    check_counts(first % 2048);
}

/// A text is what is in front of the first NUL, which is among as many bytes as it is said to have or right behind.
pub(crate) fn check_text(payload: &[u8], declared: u32, page_size: usize) {
    let (mut copy, mut other) = (payload.to_vec(), payload.to_vec());
    let begun = declared_text(&mut other, declared, page_size);
    let is_begun = begun.is_ok();
    let found = text(&mut copy, declared, page_size);
    assert_eq!(begun.and_then(|begun| begun.text()), found);

    let len = usize::try_from(declared).expect("it has 32 bits");
    let nul = payload.iter().position(|byte| *byte == 0);
    let fits = len <= payload.len() && len <= page_size;
    assert_eq!(is_begun, fits);
    let text = match found {
        Ok(text) => text,
        Err(refusal) => {
            let expected = match refusal {
                Refusal::TextLen { .. } => Refusal::TextLen {
                    declared,
                    payload: payload.len(),
                },
                Refusal::TextLimit { .. } => Refusal::TextLimit {
                    declared,
                    limit: page_size,
                },
                _ => Refusal::Unterminated { declared },
            };
            assert_eq!(refusal, expected);
            match refusal {
                Refusal::TextLen { .. } => assert!(len > payload.len()),
                Refusal::TextLimit { .. } => assert!(len > page_size),
                _ => assert!(fits && nul.is_none_or(|nul| nul > len)),
            }
            return check_message(refusal, declared.into());
        }
    };
    let bytes = text.bytes();
    assert!(fits && nul == Some(bytes.len()) && bytes.len() <= len);
    assert_eq!(text.declared_len(), declared);
    let number = param::read(bytes).and_then(|value| i32::try_from(value).ok());
    assert_eq!(text.parse_int(), number);
    // What the driver gets is the payload itself, from its first byte on.
    let start = bytes.as_ptr();
    let whole = text.into_payload();
    assert_eq!((whole.as_ptr(), &*whole), (start, payload));
}

/// Whoever reads the kernel's log sees what was wrong.
fn check_message(refusal: Refusal, number: u64) {
    assert!(refusal.to_string().contains(&number.to_string()));
}

/// A PDU is a header of 48 bytes or more, of which those count, and all data behind it.
pub(crate) fn check_pdu(payload: &[u8], header_len: u32, data_len: u32) {
    let (header_end, whole) = (u64::from(header_len), payload.len() as u64);
    let has_header = (48..=whole).contains(&header_end);
    let has_data = header_end + u64::from(data_len) <= whole;
    let mut copy = payload.to_vec();
    let place = copy.as_ptr() as usize;
    match pdu(&mut copy, header_len, data_len) {
        Ok(parts) => {
            assert!(has_header && has_data);
            let at = header_len as usize;
            assert_eq!(parts.data.len() as u64, u64::from(data_len));
            assert_eq!(parts.header[..], payload[..48]);
            assert_eq!(*parts.data, payload[at..at + parts.data.len()]);
            // The parts are no copies.
            assert_eq!(parts.header.as_ptr() as usize, place);
            assert_eq!(parts.data.as_ptr() as usize, place + at);
        }
        Err(refusal) if !has_header => {
            let expected = Refusal::HeaderLen {
                declared: header_len,
                payload: payload.len(),
            };
            assert_eq!(refusal, expected);
            check_message(refusal, header_end);
        }
        Err(refusal) => {
            assert!(!has_data);
            let expected = Refusal::DataLen {
                declared: data_len,
                rest: payload.len() - header_len as usize,
            };
            assert_eq!(refusal, expected);
            check_message(refusal, data_len.into());
        }
    }
}

/// `AF_INET` and `AF_INET6`, and how long their addresses are.
const FAMILIES: [(u16, usize); 2] = [(2, 16), (10, 28)];

pub(crate) fn check_address(payload: &[u8]) {
    let number = match *payload {
        [first, second, ..] => u16::from_ne_bytes([first, second]),
        _ => 0,
    };
    let fits = address_fits(payload);
    assert_eq!(fits.is_ok(), payload.len() >= 16);
    let known = FAMILIES.iter().find(|(family, _)| *family == number);
    match address(payload) {
        refused if fits.is_err() => assert_eq!(refused.map(|_| ()), fits),
        Ok(address) => {
            let (number, len) = *known.expect("it is for a family that drivers know");
            assert_eq!(address.family().number(), number);
            assert_eq!(address.family().address_len(), len);
            let (bytes, behind) = address.as_bytes().split_at(len);
            assert_eq!(bytes, &payload[..len]);
            assert!(behind.iter().all(|byte| *byte == 0));
            assert_eq!(address.as_bytes().as_ptr().align_offset(8), 0);
        }
        Err(Refusal::AddressLen { len, expected }) => {
            assert_eq!(len, payload.len());
            assert!(len < expected && known.is_none_or(|(_, whole)| expected <= *whole));
            assert!(expected == 16 || known.is_some_and(|(_, whole)| expected == *whole));
        }
        Err(Refusal::AddressFamily { family }) => {
            assert!(known.is_none() && family == number && fits.is_ok());
        }
        Err(other) => panic!("{other:?} of an address"),
    }
}

pub(crate) fn check_path(payload: &[u8]) {
    match path(payload) {
        Ok(path) => assert_eq!(path.as_bytes()[..], payload[..64]),
        Err(refusal) => {
            let len = payload.len();
            assert!(len < 64 && refusal == Refusal::PathLen { len });
        }
    }
}

/// How much memory a number from user space or of a driver stands for.
fn check_counts(count: u32) {
    let found = chap_len(count);
    assert_eq!(found.is_ok(), (1..=1024).contains(&count));
    match found {
        Ok(len) => assert_eq!(len as u64, u64::from(count) * 524),
        Err(refusal) => assert_eq!(refusal, Refusal::ChapEntries { entries: count }),
    }
    assert_eq!(custom_stats(count) as u64, u64::from(count).min(32));
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = |first: u32, second: u32, page_size: u16, payload: &[u8]| {
        [
            &first.to_be_bytes()[..],
            &second.to_be_bytes(),
            &page_size.to_be_bytes(),
            payload,
        ]
        .concat()
    };
    let of_family = |family: u16, len: usize| {
        let mut bytes = family.to_ne_bytes().to_vec();
        bytes.resize(len, 0x7f);
        bytes
    };
    vec![
        scene(4, 0, 4096, b"120\0"),
        scene(3, 0, 4096, b"120\0"),
        scene(2, 0, 4096, b"120\0"),
        scene(3, 0, 4096, b"120"),
        scene(0, 0, 0, b"\0"),
        scene(9, 0, 8, b"eth0\0eth1\0"),
        scene(u32::MAX, u32::MAX, u16::MAX, b"-2147483648\0"),
        scene(48, 5, 4096, &[7; 56]),
        scene(49, u32::MAX - 48, 4096, &[7; 56]),
        scene(47, 1, 4096, &[7; 63]),
        scene(0, 0, 4096, &of_family(2, 16)),
        scene(1024, 0, 4096, &of_family(10, 28)),
        scene(1025, 0, 4096, &of_family(10, 27)),
        scene(1, 0, 4096, &of_family(1, 128)),
        scene(1, 0, 4096, &of_family(2, 15)),
    ]
}
