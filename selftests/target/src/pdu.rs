// SPDX-License-Identifier: GPL-2.0

//! Kinds of PDUs, and PDUs on their way to the wire.

use iscsi_proto::bhs::Header;
use iscsi_proto::digest;
use iscsi_proto::pdu::{padding, BHS_LEN, DATA_SEGMENT_MAX_LEN};
use iscsi_proto::receive::Framing;

/// Where DataSegmentLength is in every header.
const DATA_LENGTH_AT: std::ops::Range<usize> = 5..8;
/// Where TotalAHSLength is in every header.
const AHS_LENGTH_AT: usize = 4;

/// The bytes of a Basic Header Segment.
pub(crate) type HeaderBytes = [u8; BHS_LEN];

/// What a PDU is (RFC 7143, section 11.2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// NOP-Out.
    NopOut,
    /// SCSI Command.
    ScsiCommand,
    /// Task Management Function Request.
    TmfRequest,
    /// Login Request.
    LoginRequest,
    /// Text Request.
    TextRequest,
    /// SCSI Data-Out.
    DataOut,
    /// Logout Request.
    LogoutRequest,
    /// SNACK Request.
    Snack,
    /// NOP-In.
    NopIn,
    /// SCSI Response.
    ScsiResponse,
    /// Task Management Function Response.
    TmfResponse,
    /// Login Response.
    LoginResponse,
    /// Text Response.
    TextResponse,
    /// SCSI Data-In.
    DataIn,
    /// Logout Response.
    LogoutResponse,
    /// Ready To Transfer.
    R2t,
    /// Asynchronous Message.
    Async,
    /// Reject.
    Reject,
}

/// All kinds, with their names in rules and their opcodes.
const KINDS: [(Kind, &str, u8); 18] = [
    (Kind::NopOut, "nop-out", 0x00),
    (Kind::ScsiCommand, "scsi-command", 0x01),
    (Kind::TmfRequest, "tmf-request", 0x02),
    (Kind::LoginRequest, "login-request", 0x03),
    (Kind::TextRequest, "text-request", 0x04),
    (Kind::DataOut, "data-out", 0x05),
    (Kind::LogoutRequest, "logout-request", 0x06),
    (Kind::Snack, "snack", 0x10),
    (Kind::NopIn, "nop-in", 0x20),
    (Kind::ScsiResponse, "scsi-response", 0x21),
    (Kind::TmfResponse, "tmf-response", 0x22),
    (Kind::LoginResponse, "login-response", 0x23),
    (Kind::TextResponse, "text-response", 0x24),
    (Kind::DataIn, "data-in", 0x25),
    (Kind::LogoutResponse, "logout-response", 0x26),
    (Kind::R2t, "r2t", 0x31),
    (Kind::Async, "async", 0x32),
    (Kind::Reject, "reject", 0x3f),
];

impl Kind {
    /// The kind of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let found = KINDS.iter().find(|(_, known, _)| *known == name);
        found.map(|(kind, ..)| *kind)
    }

    /// The kind of a header, by its opcode.
    pub(crate) fn of(header: &HeaderBytes) -> Option<Self> {
        let [first, ..] = header;
        let found = KINDS.iter().find(|(_, _, code)| *code == first & 0x3f);
        found.map(|(kind, ..)| *kind)
    }

    /// Its name in rules.
    pub(crate) fn name(self) -> &'static str {
        let found = KINDS.iter().find(|(kind, ..)| *kind == self);
        found.map_or("?", |(_, name, _)| name)
    }

    /// Its opcode.
    pub(crate) fn opcode(self) -> u8 {
        let found = KINDS.iter().find(|(kind, ..)| *kind == self);
        found.map_or(0x3e, |(_, _, code)| *code)
    }

    /// Whether a target sends it.
    pub(crate) fn is_response(self) -> bool {
        self.opcode() >= 0x20
    }
}

/// A PDU before its lengths are filled in and its digests computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pdu {
    /// Basic Header Segment.
    pub(crate) header: HeaderBytes,
    /// Additional Header Segments, whole words.
    pub(crate) ahs: Vec<u8>,
    /// Data segment.
    pub(crate) data: Vec<u8>,
}

impl Pdu {
    /// A PDU of a header alone.
    pub(crate) fn new(header: &impl Header) -> Self {
        Self::with_data(header, Vec::new())
    }

    /// A PDU of a header and a data segment.
    pub(crate) fn with_data(header: &impl Header, data: Vec<u8>) -> Self {
        Self {
            header: header.to_bytes(),
            ahs: Vec::new(),
            data,
        }
    }

    /// Makes the header say how long the rest is.
    pub(crate) fn fill_lengths(&mut self) {
        let words = u8::try_from(self.ahs.len() / 4).unwrap_or(u8::MAX);
        if let Some(place) = self.header.get_mut(AHS_LENGTH_AT) {
            *place = words;
        }
        let length = u32::try_from(self.data.len()).unwrap_or(DATA_SEGMENT_MAX_LEN);
        let [_, length @ ..] = length.min(DATA_SEGMENT_MAX_LEN).to_be_bytes();
        if let Some(place) = self.header.get_mut(DATA_LENGTH_AT) {
            place.copy_from_slice(&length);
        }
    }

    /// The bytes on the wire, whatever the header says about them, and where its digests are.
    pub(crate) fn encode(&self, framing: Framing) -> Encoded {
        let mut bytes = [&self.header[..], &self.ahs].concat();
        let mut encoded = Encoded::default();
        if framing.header_digest {
            encoded.header_digest = Some(bytes.len());
            bytes.extend(digest_of(&bytes));
        }
        let start = bytes.len();
        if !self.data.is_empty() {
            bytes.extend(&self.data);
            let pad = padding(u32::try_from(self.data.len()).unwrap_or(0));
            bytes.resize(bytes.len() + pad as usize, 0);
            if framing.data_digest {
                encoded.data_digest = Some(bytes.len());
                let digest = digest_of(bytes.get(start..).unwrap_or(&[]));
                bytes.extend(digest);
            }
        }
        encoded.bytes = bytes;
        encoded
    }
}

/// A PDU as it goes on the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Encoded {
    /// All of it.
    pub(crate) bytes: Vec<u8>,
    /// Where its header digest is.
    pub(crate) header_digest: Option<usize>,
    /// Where its data digest is.
    pub(crate) data_digest: Option<usize>,
}

/// The CRC32C register after some bytes, from the register before them.
pub(crate) fn crc32c(register: u32, bytes: &[u8]) -> u32 {
    !crc32c::crc32c_append(!register, bytes)
}

/// The digest of some bytes.
fn digest_of(bytes: &[u8]) -> [u8; digest::DIGEST_LEN] {
    digest::to_wire(crc32c(digest::SEED, bytes))
}

/// DataSegmentLength of a header.
pub(crate) fn data_length(header: &HeaderBytes) -> u32 {
    let [_, _, _, _, _, high, middle, low, ..] = header;
    u32::from_be_bytes([0, *high, *middle, *low])
}

#[cfg(test)]
mod tests {
    use super::*;
    use iscsi_proto::bhs::NopIn;
    use iscsi_proto::receive::{Receiver, Step};

    #[test]
    fn kinds_have_names_and_opcodes() {
        for (kind, name, code) in KINDS {
            assert_eq!(Kind::from_name(name), Some(kind));
            assert_eq!((kind.name(), kind.opcode()), (name, code));
            let mut header = [0; BHS_LEN];
            header[0] = 0x40 | code;
            assert_eq!(Kind::of(&header), Some(kind));
        }
        assert_eq!(Kind::from_name("data-on"), None);
    }

    #[test]
    fn digest_is_that_of_the_rfc() {
        // RFC 7143, appendix A.4: 32 bytes of zeroes.
        assert_eq!(digest_of(&[0; 32]), [0xaa, 0x36, 0x91, 0x8a]);
    }

    #[test]
    fn what_is_encoded_is_received() {
        let framing = Framing {
            header_digest: true,
            data_digest: true,
            no_padding: false,
        };
        let mut pdu = Pdu::with_data(&NopIn::default(), vec![7; 5]);
        pdu.ahs = vec![0; 8];
        pdu.fill_lengths();
        let encoded = pdu.encode(framing);
        assert_eq!(encoded.bytes.len(), 48 + 8 + 4 + 8 + 4);
        assert_eq!(
            (encoded.header_digest, encoded.data_digest),
            (Some(56), Some(68))
        );
        let mut receiver = Receiver::new();
        let mut bytes = &encoded.bytes[..];
        assert_eq!(receiver.take(framing, crc32c, &mut bytes), Ok(Step::Header));
        assert_eq!((receiver.data_len(), receiver.ahs_len()), (5, 8));
        assert!(matches!(
            receiver.take(framing, crc32c, &mut bytes),
            Ok(Step::Data {
                bytes: [7, 7, 7, 7, 7],
                ..
            })
        ));
        assert_eq!(
            receiver.take(framing, crc32c, &mut bytes),
            Ok(Step::Complete)
        );
    }
}
