// SPDX-License-Identifier: GPL-2.0

//! Sense data in the fixed format (SPC-4, section 4.5.3), and the SCSI statuses.

/// GOOD.
pub(crate) const GOOD: u8 = 0x00;
/// CHECK CONDITION.
pub(crate) const CHECK_CONDITION: u8 = 0x02;

/// Length of the sense data that is sent.
pub(crate) const SENSE_LEN: usize = 18;

/// What is wrong: sense key, additional sense code and its qualifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sense {
    /// SENSE KEY.
    pub(crate) key: u8,
    /// ADDITIONAL SENSE CODE.
    pub(crate) code: u8,
    /// ADDITIONAL SENSE CODE QUALIFIER.
    pub(crate) qualifier: u8,
}

/// Names of sense data in rules.
const NAMES: [(&str, Sense); 7] = [
    ("not-ready", Sense::new(0x02, 0x04, 0x01)),
    ("medium-error", Sense::new(0x03, 0x11, 0x00)),
    ("hardware-error", Sense::new(0x04, 0x44, 0x00)),
    ("illegal-request", Sense::INVALID_FIELD),
    ("unit-attention", Sense::new(0x06, 0x29, 0x00)),
    ("data-protect", Sense::new(0x07, 0x27, 0x00)),
    ("aborted-command", Sense::new(0x0b, 0x00, 0x00)),
];

impl Sense {
    /// NO SENSE.
    pub(crate) const NONE: Self = Self::new(0, 0, 0);
    /// INVALID COMMAND OPERATION CODE.
    pub(crate) const INVALID_OPERATION: Self = Self::new(0x05, 0x20, 0x00);
    /// LOGICAL BLOCK ADDRESS OUT OF RANGE.
    pub(crate) const OUT_OF_RANGE: Self = Self::new(0x05, 0x21, 0x00);
    /// INVALID FIELD IN CDB.
    pub(crate) const INVALID_FIELD: Self = Self::new(0x05, 0x24, 0x00);
    /// LOGICAL UNIT NOT SUPPORTED.
    pub(crate) const NO_UNIT: Self = Self::new(0x05, 0x25, 0x00);
    /// UNRECOVERED READ ERROR.
    pub(crate) const READ_ERROR: Self = Self::new(0x03, 0x11, 0x00);
    /// WRITE ERROR.
    pub(crate) const WRITE_ERROR: Self = Self::new(0x03, 0x0c, 0x00);
    /// MISCOMPARE DURING VERIFY OPERATION.
    pub(crate) const MISCOMPARE: Self = Self::new(0x0e, 0x1d, 0x00);
    /// BUS DEVICE RESET FUNCTION OCCURRED.
    pub(crate) const RESET: Self = Self::new(0x06, 0x29, 0x03);

    /// Sense data of these codes.
    pub(crate) const fn new(key: u8, code: u8, qualifier: u8) -> Self {
        Self {
            key,
            code,
            qualifier,
        }
    }

    /// The sense data of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, sense)| *sense)
    }

    /// The bytes.
    pub(crate) fn to_bytes(self) -> [u8; SENSE_LEN] {
        let (key, code, qualifier) = (self.key, self.code, self.qualifier);
        let rest = SENSE_LEN as u8 - 8;
        [
            0x70, 0, key, 0, 0, 0, 0, rest, 0, 0, 0, 0, code, qualifier, 0, 0, 0, 0,
        ]
    }
}

/// The data segment of a SCSI Response with sense data (RFC 7143, section 11.4.7).
pub(crate) fn segment(sense: &[u8]) -> Vec<u8> {
    let length = u16::try_from(sense.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes()[..], sense].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sense_is_in_the_fixed_format() {
        let bytes = Sense::OUT_OF_RANGE.to_bytes();
        assert_eq!((bytes[0], bytes[2], bytes[7]), (0x70, 5, 10));
        assert_eq!((bytes[12], bytes[13]), (0x21, 0));
        assert_eq!(segment(&bytes)[..3], [0, 18, 0x70]);
        assert_eq!(Sense::from_name("medium-error"), Some(Sense::READ_ERROR));
        assert_eq!(Sense::from_name("boredom"), None);
    }
}
