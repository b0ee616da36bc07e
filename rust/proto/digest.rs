// SPDX-License-Identifier: GPL-2.0

//! Header and data digests (RFC 7143, section 13.1): CRC32C.

/// Length of a digest on the wire, in bytes.
pub const DIGEST_LEN: usize = 4;

/// Value the CRC32C register starts with.
pub const SEED: u32 = !0;

/// The digest as it goes on the wire, from the CRC32C register after the last byte.
///
/// The register is inverted and sent with its least significant byte first, which is what
/// RFC 7143's bit order comes to on bytes.
#[inline]
pub const fn to_wire(register: u32) -> [u8; DIGEST_LEN] {
    (!register).to_le_bytes()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// CRC32C, bit by bit: slow, and easy to compare with its definition.
    pub(crate) fn crc32c(seed: u32, bytes: &[u8]) -> u32 {
        bytes.iter().fold(seed, |register, byte| {
            (0..8).fold(register ^ u32::from(*byte), |register, _| {
                (register >> 1) ^ (0x82f6_3b78 & (register & 1).wrapping_neg())
            })
        })
    }

    fn digest(bytes: &[u8]) -> [u8; DIGEST_LEN] {
        to_wire(crc32c(SEED, bytes))
    }

    // The examples of RFC 7143, appendix A.4.
    #[test]
    fn examples_of_the_rfc() {
        assert_eq!(digest(&[0x00; 32]), [0xaa, 0x36, 0x91, 0x8a]);
        assert_eq!(digest(&[0xff; 32]), [0x43, 0xab, 0xa8, 0x62]);

        let ascending: Vec<u8> = (0..32).collect();
        assert_eq!(digest(&ascending), [0x4e, 0x79, 0xdd, 0x46]);

        let descending: Vec<u8> = (0..32).rev().collect();
        assert_eq!(digest(&descending), [0x5c, 0xdb, 0x3f, 0x11]);

        let mut read_10 = [0u8; 48];
        read_10[0] = 0x01;
        read_10[1] = 0xc0;
        read_10[16] = 0x14;
        read_10[22] = 0x04;
        read_10[27] = 0x14;
        read_10[31] = 0x18;
        read_10[32] = 0x28;
        read_10[40] = 0x02;
        assert_eq!(digest(&read_10), [0x56, 0x3a, 0x96, 0xd9]);
    }
}
