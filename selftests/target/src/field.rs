// SPDX-License-Identifier: GPL-2.0

//! Fields of headers by the names that rules have for them (RFC 7143, section 11).

use crate::pdu::{HeaderBytes, Kind};
use iscsi_proto::pdu::BHS_LEN;

/// Where a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Whole bytes.
    Bytes {
        /// The first of them.
        at: usize,
        /// How many; at most eight.
        width: usize,
    },
    /// Some bits of the second byte, as one of no shift.
    Bits(u8),
}

/// A name, the kinds of PDUs that have such a field (all if there are none), and where it is.
type Field = (&'static str, &'static [Kind], Place);

/// Whole bytes.
const fn bytes(at: usize, width: usize) -> Place {
    Place::Bytes { at, width }
}

/// What all responses have, and what only some have.
const FIELDS: [Field; 51] = [
    ("opcode", &[], bytes(0, 1)),
    ("flags", &[], bytes(1, 1)),
    ("final", &[], Place::Bits(0x80)),
    ("ahslen", &[], bytes(4, 1)),
    ("dlength", &[], bytes(5, 3)),
    ("isid", &[Kind::LoginResponse], bytes(8, 6)),
    ("tsih", &[Kind::LoginResponse], bytes(14, 2)),
    ("lun", &[], bytes(8, 8)),
    ("itt", &[], bytes(16, 4)),
    ("ttt", &[], bytes(20, 4)),
    ("snack", &[Kind::ScsiResponse], bytes(20, 4)),
    ("statsn", &[], bytes(24, 4)),
    ("expcmdsn", &[], bytes(28, 4)),
    ("maxcmdsn", &[], bytes(32, 4)),
    ("response", &[Kind::ScsiResponse], bytes(2, 1)),
    ("response", &[Kind::TmfResponse], bytes(2, 1)),
    ("response", &[Kind::LogoutResponse], bytes(2, 1)),
    ("reason", &[Kind::Reject], bytes(2, 1)),
    ("status", &[Kind::ScsiResponse, Kind::DataIn], bytes(3, 1)),
    ("status", &[Kind::LoginResponse], bytes(36, 2)),
    ("class", &[Kind::LoginResponse], bytes(36, 1)),
    ("detail", &[Kind::LoginResponse], bytes(37, 1)),
    ("version-max", &[Kind::LoginResponse], bytes(2, 1)),
    ("version", &[Kind::LoginResponse], bytes(3, 1)),
    ("transit", &[Kind::LoginResponse], Place::Bits(0x80)),
    (
        "continue",
        &[Kind::LoginResponse, Kind::TextResponse],
        Place::Bits(0x40),
    ),
    ("csg", &[Kind::LoginResponse], Place::Bits(0x0c)),
    ("nsg", &[Kind::LoginResponse], Place::Bits(0x03)),
    ("ack", &[Kind::DataIn], Place::Bits(0x40)),
    (
        "overflow",
        &[Kind::ScsiResponse, Kind::DataIn],
        Place::Bits(0x04),
    ),
    (
        "underflow",
        &[Kind::ScsiResponse, Kind::DataIn],
        Place::Bits(0x02),
    ),
    ("has-status", &[Kind::DataIn], Place::Bits(0x01)),
    ("bidi-overflow", &[Kind::ScsiResponse], Place::Bits(0x10)),
    ("bidi-underflow", &[Kind::ScsiResponse], Place::Bits(0x08)),
    ("datasn", &[Kind::DataIn, Kind::Reject], bytes(36, 4)),
    ("expdatasn", &[Kind::ScsiResponse], bytes(36, 4)),
    ("r2tsn", &[Kind::R2t], bytes(36, 4)),
    ("offset", &[Kind::DataIn, Kind::R2t], bytes(40, 4)),
    ("bidi-residual", &[Kind::ScsiResponse], bytes(40, 4)),
    (
        "residual",
        &[Kind::ScsiResponse, Kind::DataIn],
        bytes(44, 4),
    ),
    ("length", &[Kind::R2t], bytes(44, 4)),
    ("time2wait", &[Kind::LogoutResponse], bytes(40, 2)),
    ("time2retain", &[Kind::LogoutResponse], bytes(42, 2)),
    ("event", &[Kind::Async], bytes(36, 1)),
    ("vcode", &[Kind::Async], bytes(37, 1)),
    ("param1", &[Kind::Async], bytes(38, 2)),
    ("param2", &[Kind::Async], bytes(40, 2)),
    ("param3", &[Kind::Async], bytes(42, 2)),
    ("reserved1", &[], bytes(1, 3)),
    ("reserved2", &[], bytes(36, 4)),
    ("reserved3", &[], bytes(44, 4)),
];

/// The field of this name in PDUs of a kind; with no kind, one that all have. `byteN` is any byte.
pub(crate) fn find(kind: Option<Kind>, name: &str) -> Option<Place> {
    if let Some(at) = name.strip_prefix("byte").and_then(|at| at.parse().ok()) {
        return (at < BHS_LEN).then_some(bytes(at, 1));
    }
    let has = |kinds: &[Kind]| kinds.is_empty() || kind.is_some_and(|kind| kinds.contains(&kind));
    let found = FIELDS
        .iter()
        .find(|(known, kinds, _)| *known == name && has(kinds));
    found.map(|(_, _, place)| *place)
}

impl Place {
    /// The bits that there is room for.
    pub(crate) fn mask(self) -> u64 {
        match self {
            Self::Bytes { width, .. } => u64::MAX >> (64 - 8 * width.clamp(1, 8)),
            Self::Bits(bits) => u64::from(bits >> bits.trailing_zeros()),
        }
    }

    /// What is there.
    pub(crate) fn read(self, header: &HeaderBytes) -> u64 {
        match self {
            Self::Bytes { at, width } => {
                let bytes = header.iter().skip(at).take(width);
                bytes.fold(0, |value, byte| (value << 8) | u64::from(*byte))
            }
            Self::Bits(bits) => {
                let [_, flags, ..] = header;
                u64::from((flags & bits) >> bits.trailing_zeros())
            }
        }
    }

    /// Puts a value there, as far as there is room.
    pub(crate) fn write(self, header: &mut HeaderBytes, value: u64) {
        match self {
            Self::Bytes { at, width } => {
                let places = header.iter_mut().skip(at).take(width).rev();
                for (place, byte) in places.zip(value.to_le_bytes()) {
                    *place = byte;
                }
            }
            Self::Bits(bits) => {
                let [_, flags, ..] = header;
                let value = (value & self.mask()) as u8;
                *flags = (*flags & !bits) | (value << bits.trailing_zeros());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iscsi_proto::bhs::{DataIn, Header, LoginResponse, R2t, ScsiResponse};

    fn put(kind: Kind, mut header: HeaderBytes, fields: &[(&str, u64)]) -> HeaderBytes {
        for (name, value) in fields {
            let place = find(Some(kind), name).unwrap();
            place.write(&mut header, *value);
            assert_eq!(place.read(&header), *value, "{name}");
        }
        header
    }

    #[test]
    fn fields_are_where_the_protocol_crate_has_them() {
        let bytes = put(
            Kind::DataIn,
            DataIn::default().to_bytes(),
            &[
                ("datasn", 1),
                ("offset", 2),
                ("residual", 3),
                ("status", 4),
                ("dlength", 5),
            ],
        );
        let header = DataIn::view(&bytes).unwrap();
        assert_eq!((header.data_sn.get(), header.buffer_offset.get()), (1, 2));
        assert_eq!((header.residual_count.get(), header.status), (3, 4));
        assert_eq!(header.data_segment_length.get(), 5);

        let bytes = put(
            Kind::R2t,
            R2t::default().to_bytes(),
            &[
                ("r2tsn", 1),
                ("offset", 2),
                ("length", 3),
                ("statsn", 4),
                ("maxcmdsn", 5),
            ],
        );
        let header = R2t::view(&bytes).unwrap();
        assert_eq!((header.r2t_sn.get(), header.buffer_offset.get()), (1, 2));
        assert_eq!(header.desired_data_transfer_length.get(), 3);
        assert_eq!((header.stat_sn.get(), header.max_cmd_sn.get()), (4, 5));

        let bytes = put(
            Kind::ScsiResponse,
            ScsiResponse::default().to_bytes(),
            &[
                ("response", 1),
                ("status", 2),
                ("residual", 3),
                ("underflow", 1),
            ],
        );
        let header = ScsiResponse::view(&bytes).unwrap();
        assert_eq!((header.response, header.status), (1, 2));
        assert_eq!(
            (header.residual_count.get(), header.flags.bits()),
            (3, 0x82)
        );

        let bytes = put(
            Kind::LoginResponse,
            LoginResponse::default().to_bytes(),
            &[
                ("status", 0x0201),
                ("tsih", 7),
                ("csg", 1),
                ("nsg", 3),
                ("transit", 1),
            ],
        );
        let header = LoginResponse::view(&bytes).unwrap();
        assert_eq!((header.status_class, header.status_detail), (2, 1));
        assert_eq!((header.tsih.get(), header.flags.bits()), (7, 0x87));
    }

    #[test]
    fn fields_belong_to_kinds() {
        assert_eq!(find(Some(Kind::NopIn), "r2tsn"), None);
        assert_eq!(find(None, "status"), None);
        assert_eq!(find(None, "byte47"), Some(bytes(47, 1)));
        assert_eq!(find(None, "byte48"), None);
        assert_eq!(find(None, "lun").map(Place::mask), Some(u64::MAX));
        assert_eq!(find(None, "final").map(Place::mask), Some(1));
    }
}
