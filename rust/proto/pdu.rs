// SPDX-License-Identifier: GPL-2.0

//! The frame every iSCSI PDU has (RFC 7143, section 11.2).

/// Length of a Basic Header Segment, in bytes (RFC 7143, section 11.2.1).
pub const BHS_LEN: usize = 48;

/// Room for Additional Header Segments, in bytes.
///
/// TotalAHSLength counts up to 255 four-byte words (RFC 7143, section 11.2.1.5); like the kernel's
/// `ISCSI_MAX_AHS_SIZE` this keeps 256 bytes, far more than the extended CDB of any SCSI command
/// needs.
pub const AHS_MAX_LEN: usize = 256;

/// Largest DataSegmentLength, in bytes: the field has 24 bits (RFC 7143, section 11.2.1.6).
pub const DATA_SEGMENT_MAX_LEN: u32 = 0x00ff_ffff;

/// Segments are padded to a multiple of this many bytes (RFC 7143, section 11.1).
pub const PAD_LEN: u32 = 4;

/// Number of padding bytes that follow a segment of `len` bytes: 0 to 3.
///
/// # Examples
///
/// ```
/// assert_eq!(iscsi_proto::pdu::padding(512), 0);
/// assert_eq!(iscsi_proto::pdu::padding(5), 3);
/// ```
#[inline]
pub const fn padding(len: u32) -> u32 {
    len.wrapping_neg() & PAD_LEN.wrapping_sub(1)
}

/// Whether a header announces a data segment of `len` bytes, or of `len` bytes with their padding
/// (DataSegmentLength: RFC 7143, section 11.2.1.6).
///
/// # Examples
///
/// ```
/// let mut header = [0; 48];
/// header[7] = 5;
/// assert!(iscsi_proto::pdu::announces_data(&header, 5));
/// assert!(iscsi_proto::pdu::announces_data(&header, 8));
/// assert!(!iscsi_proto::pdu::announces_data(&header, 9));
/// ```
pub fn announces_data(header: &[u8], len: u32) -> bool {
    let Some([high, middle, low]) = header.get(5..8) else {
        return false;
    };
    let announced = u32::from_be_bytes([0, *high, *middle, *low]);
    padded(announced) == padded(len)
}

/// A length rounded up to whole words, or [`None`] if that is no 32-bit number.
#[inline]
fn padded(len: u32) -> Option<u32> {
    len.checked_add(padding(len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_completes_a_word() {
        for len in 0..64 {
            assert_eq!((len + padding(len)) % PAD_LEN, 0);
            assert!(padding(len) < PAD_LEN);
        }
        assert_eq!(padding(u32::MAX), 1);
    }

    #[test]
    fn length_field_has_24_bits_in_network_order() {
        let mut header = [0xffu8; BHS_LEN];
        header[5..8].copy_from_slice(&[0x01, 0x02, 0x04]);
        assert!(announces_data(&header, 0x01_02_04));
        assert!(announces_data(&header, 0x01_02_01));
        assert!(!announces_data(&header, 0x01_02_00));
        assert!(!announces_data(&header, 0x01_02_05));
        assert!(!announces_data(&header[..7], 0));
        assert!(!announces_data(&header, u32::MAX));
    }
}
