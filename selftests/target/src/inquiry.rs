// SPDX-License-Identifier: GPL-2.0

//! What INQUIRY answers (SPC-4, sections 6.4 and 7.8; SBC-3, section 6.6).

use crate::scsi::{Disk, TRANSFER_MAX};
use md5::{Digest, Md5};

/// T10 VENDOR IDENTIFICATION.
const VENDOR: &[u8; 8] = b"SELFTEST";
/// PRODUCT IDENTIFICATION.
const PRODUCT: &[u8; 16] = b"scripted disk   ";
/// PRODUCT REVISION LEVEL.
const REVISION: &[u8; 4] = b"1   ";

/// Version descriptors: SAM-5, iSCSI, SPC-4, SBC-3.
const VERSIONS: [u8; 8] = [0x00, 0xa0, 0x09, 0x60, 0x04, 0x60, 0x04, 0xc0];

/// Standard data, of the disk or of a logical unit that there is not.
pub(crate) fn standard(present: bool) -> Vec<u8> {
    let device = if present { 0x00 } else { 0x7f };
    // SPC-4, HISUP and the response format, 69 bytes more, CMDQUE.
    let head = [device, 0, 0x06, 0x12, 69, 0, 0, 0x02];
    let mut data = [&head[..], VENDOR, PRODUCT, REVISION, &[0; 22], &VERSIONS].concat();
    data.resize(74, 0);
    data
}

/// A page of vital product data.
pub(crate) fn page(disk: &Disk, page: u8) -> Option<Vec<u8>> {
    let data = match page {
        0x00 => vec![0x00, 0x80, 0x83, 0xb0, 0xb1],
        0x80 => serial(disk).into_bytes(),
        0x83 => designators(disk),
        0xb0 => block_limits(),
        0xb1 => characteristics(),
        _ => return None,
    };
    let [high, low] = u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes();
    Some([&[0x00, page, high, low][..], &data].concat())
}

/// Eight bytes that belong to the name.
fn identity(disk: &Disk) -> [u8; 8] {
    let hash: [u8; 16] = Md5::digest(&disk.name).into();
    let [first, rest @ ..] = hash;
    let mut identity = [0; 8];
    // NAA 3: locally assigned.
    for (place, byte) in identity
        .iter_mut()
        .zip([0x30 | (first & 0x0f)].iter().chain(&rest))
    {
        *place = *byte;
    }
    identity
}

/// The serial number.
fn serial(disk: &Disk) -> String {
    format!("{:016x}", u64::from_be_bytes(identity(disk)))
}

/// A designator of a logical unit.
fn designator(code_set: u8, kind: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    let bytes = bytes.get(..length.into()).unwrap_or(bytes);
    [&[code_set, kind, 0, length][..], bytes].concat()
}

/// Device identification: a vendor's, NAA, and a SCSI name string.
fn designators(disk: &Disk) -> Vec<u8> {
    let vendor = [&VENDOR[..], serial(disk).as_bytes()].concat();
    let mut name = format!("{},L,0x0000000000000000", disk.name).into_bytes();
    name.resize((name.len() + 1).next_multiple_of(4), 0);
    [
        designator(0x02, 0x01, &vendor),
        designator(0x01, 0x03, &identity(disk)),
        designator(0x03, 0x08, &name),
    ]
    .concat()
}

/// Block limits.
fn block_limits() -> Vec<u8> {
    let mut data = vec![0; 60];
    for (place, byte) in data.iter_mut().skip(4).zip(TRANSFER_MAX.to_be_bytes()) {
        *place = byte;
    }
    data
}

/// Block device characteristics: not rotating.
fn characteristics() -> Vec<u8> {
    let mut data = vec![0, 1];
    data.resize(60, 0);
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_say_how_long_they_are() {
        let disk = Disk {
            blocks: 8,
            name: "iqn.2026-11.test:disk".to_owned(),
        };
        for code in page(&disk, 0).unwrap()[4..].iter() {
            let data = page(&disk, *code).unwrap();
            assert_eq!(data[1], *code);
            let length = usize::from(u16::from_be_bytes([data[2], data[3]]));
            assert_eq!(length, data.len() - 4);
        }
        assert_eq!(page(&disk, 0xb2), None);
        assert_eq!(page(&disk, 0xb0).unwrap().len(), 64);
    }

    #[test]
    fn standard_data_says_how_long_it_is() {
        let data = standard(true);
        assert_eq!((data.len(), data[4], data[58]), (74, 69, 0));
    }

    #[test]
    fn designators_follow_each_other() {
        let disk = Disk {
            blocks: 8,
            name: "iqn.2026-11.test:disk".to_owned(),
        };
        let data = designators(&disk);
        let (mut rest, mut kinds) = (&data[..], Vec::new());
        while let [_, kind, _, length, tail @ ..] = rest {
            kinds.push(*kind);
            rest = &tail[usize::from(*length)..];
        }
        assert_eq!(kinds, [1, 3, 8]);
        assert_eq!(identity(&disk)[0] >> 4, 3);
    }
}
