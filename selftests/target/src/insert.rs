// SPDX-License-Identifier: GPL-2.0

//! PDUs that rules make up.

use crate::action::Assign;
use crate::chap::from_hex;
use crate::pdu::{Kind, Pdu};
use crate::sense::{self, Sense};
use crate::value::{number, Scene, Symbol, Value};
use iscsi_proto::bhs::{
    AsyncMessage, DataIn, Header, LoginFlags, LoginResponse, LogoutResponse, Lun, NopIn, NopOut,
    R2t, Reject, ScsiResponse, TaskManagementResponse, TextResponse,
};
use iscsi_proto::pdu::BHS_LEN;
use iscsi_proto::tag::{InitiatorTaskTag, TargetTransferTag};

/// How much an R2T or a Data-In is about when nothing else is said.
const SOME_BYTES: u32 = 512;

/// A PDU that a rule describes: its kind or opcode, fields and data segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    /// Its kind, if it has one.
    pub(crate) kind: Option<Kind>,
    /// Its opcode.
    opcode: u8,
    /// Fields.
    assigns: Vec<Assign>,
    /// Its data segment.
    data: Option<Vec<u8>>,
    /// Sense data, for which a length is put in front.
    sense: Option<Vec<u8>>,
    /// The length that is put in front of sense data.
    sense_length: Option<u16>,
    /// How long the data segment is made.
    data_length: Option<usize>,
    /// The header inside a Reject.
    inner: Inner,
}

/// The header inside a Reject.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    /// Its opcode and I bit.
    opcode: u8,
    /// Its Initiator Task Tag.
    itt: Value,
    /// Its Target Transfer Tag.
    ttt: Value,
    /// How much of it there is.
    length: usize,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            opcode: 0x40,
            itt: Value::Symbol(Symbol::Own),
            ttt: Value::Symbol(Symbol::Reserved),
            length: BHS_LEN,
        }
    }
}

impl Template {
    /// The PDU that these words describe.
    pub(crate) fn parse(words: &[&str]) -> Result<Self, String> {
        let (name, fields) = words.split_first().ok_or("no PDU to insert")?;
        let (kind, opcode) = match (Kind::from_name(name), name.strip_prefix("opcode=")) {
            (Some(kind), _) if kind.is_response() => (Some(kind), kind.opcode()),
            (None, Some(code)) => (None, small(code)?),
            _ => return Err(format!("'{name}' is nothing that a target sends")),
        };
        let mut template = Self {
            kind,
            opcode,
            assigns: Vec::new(),
            data: None,
            sense: None,
            sense_length: None,
            data_length: None,
            inner: Inner::default(),
        };
        fields
            .iter()
            .try_for_each(|word| template.parse_field(word))?;
        Ok(template)
    }

    /// Takes note of a field.
    fn parse_field(&mut self, word: &str) -> Result<(), String> {
        let wrong = || format!("'{word}' has a wrong value");
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| format!("'{word}' is not FIELD=VALUE"))?;
        match name {
            "data" => self.data = Some(from_hex(value).ok_or_else(wrong)?),
            "sense" => {
                let named = Sense::from_name(value).map(|sense| sense.to_bytes().to_vec());
                self.sense = Some(named.or_else(|| from_hex(value)).ok_or_else(wrong)?);
            }
            "sense-len" => self.sense_length = Some(small(value)?),
            "datalen" => self.data_length = Some(usize::from(small::<u16>(value)?)),
            "inner-opcode" => self.inner.opcode = small(value)?,
            "inner-itt" => self.inner.itt = Value::parse(value)?,
            "inner-ttt" => self.inner.ttt = Value::parse(value)?,
            "inner-len" => self.inner.length = usize::from(small::<u16>(value)?),
            _ => self.assigns.push(Assign::parse(self.kind, word)?),
        }
        Ok(())
    }

    /// Whether all tasks exist that it refers to.
    pub(crate) fn is_possible(&self, scene: &Scene<'_>) -> bool {
        let mut values = self.assigns.iter().map(|assign| assign.value);
        values.all(|value| value.resolve(0, scene).is_some())
            && self.inner.itt.resolve(0, scene).is_some()
    }

    /// The PDU, as a correct target might send it. `next` is the DataSN or R2TSN that is next.
    pub(crate) fn base(&self, scene: &Scene<'_>, next: u32) -> Pdu {
        let mut pdu = match self.kind {
            Some(kind) => base(kind, scene, next),
            None => Pdu::new(&NopIn::default()),
        };
        if let Some(first) = pdu.header.first_mut() {
            *first = self.opcode;
        }
        pdu.data = self.data_segment(scene).unwrap_or(pdu.data);
        if let Some(length) = self.data_length {
            pdu.data.resize(length, 0xee);
        }
        pdu
    }

    /// Gives the fields of `pdu` the values they are to have.
    pub(crate) fn assign(&self, pdu: &mut Pdu, scene: &Scene<'_>) {
        // A NOP-In that is given a task is the answer to it, unless a rule says otherwise.
        let names_task = self.assigns.iter().any(|assign| assign.place == ITT);
        if self.kind == Some(Kind::NopIn) && names_task {
            TTT.write(&mut pdu.header, u64::MAX);
        }
        assign(&self.assigns, pdu, scene);
    }

    /// The data segment, if it is described.
    fn data_segment(&self, scene: &Scene<'_>) -> Option<Vec<u8>> {
        if let Some(sense) = &self.sense {
            let mut segment = sense::segment(sense);
            if let (Some(length), Some(place)) = (self.sense_length, segment.get_mut(..2)) {
                place.copy_from_slice(&length.to_be_bytes());
            }
            return Some(segment);
        }
        if self.kind == Some(Kind::Reject) && self.data.is_none() {
            return Some(self.inner.data(scene));
        }
        self.data.clone()
    }
}

/// Initiator Task Tag.
const ITT: crate::field::Place = crate::field::Place::Bytes { at: 16, width: 4 };
/// Target Transfer Tag.
const TTT: crate::field::Place = crate::field::Place::Bytes { at: 20, width: 4 };

impl Inner {
    /// The data segment of a Reject.
    fn data(&self, scene: &Scene<'_>) -> Vec<u8> {
        let mut header = NopOut::default().to_bytes();
        if let Some(first) = header.first_mut() {
            *first = self.opcode;
        }
        for (place, value) in [(ITT, self.itt), (TTT, self.ttt)] {
            place.write(&mut header, value.resolve(0, scene).unwrap_or(0));
        }
        let mut data = header.to_vec();
        data.resize(self.length, 0);
        data
    }
}

/// Gives fields of `pdu` other values.
pub(crate) fn assign(assigns: &[Assign], pdu: &mut Pdu, scene: &Scene<'_>) {
    for Assign { place, value } in assigns {
        let value = value.resolve(place.read(&pdu.header), scene);
        if let Some(value) = value {
            place.write(&mut pdu.header, value);
        }
    }
}

/// A number of a smaller type.
fn small<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let value = number(text).and_then(|number| T::try_from(number).ok());
    value.ok_or_else(|| format!("'{text}' is no such number"))
}

/// A PDU of a kind for the task of the scene.
fn base(kind: Kind, scene: &Scene<'_>, next: u32) -> Pdu {
    let itt = scene.itt;
    let lun = scene.facts.map_or(Lun::default(), |facts| facts.lun_field);
    let fresh = TargetTransferTag::from_bytes(scene.fresh.to_be_bytes());
    let some = scene
        .facts
        .map_or(SOME_BYTES, |facts| facts.expected.min(SOME_BYTES));
    match kind {
        Kind::ScsiResponse => of_task(ScsiResponse::default(), |header| header.itt = itt),
        Kind::TmfResponse => of_task(TaskManagementResponse::default(), |header| header.itt = itt),
        Kind::LogoutResponse => of_task(LogoutResponse::default(), |header| header.itt = itt),
        Kind::LoginResponse => of_task(LoginResponse::default(), |header| {
            header.itt = itt;
            header.flags = LoginFlags::from_bits(0x87);
        }),
        Kind::TextResponse => of_task(TextResponse::default(), |header| header.itt = itt),
        Kind::NopIn => of_task(NopIn::default(), |header| {
            header.itt = InitiatorTaskTag::RESERVED;
            header.ttt = fresh;
        }),
        Kind::R2t => of_task(R2t::default(), |header| {
            header.itt = itt;
            header.lun = lun;
            header.ttt = fresh;
            header.r2t_sn = next.into();
            header.desired_data_transfer_length = some.max(1).into();
        }),
        Kind::DataIn => {
            let mut pdu = of_task(DataIn::default(), |header| {
                header.itt = itt;
                header.data_sn = next.into();
            });
            pdu.data = vec![0x5a; some as usize];
            pdu
        }
        Kind::Async => Pdu::new(&AsyncMessage::default()),
        Kind::Reject => of_task(Reject::default(), |header| header.reason = 0x04),
        _ => Pdu::new(&NopIn::default()),
    }
}

/// A PDU of a header that is filled in.
fn of_task<H: Header>(mut header: H, fill: impl FnOnce(&mut H)) -> Pdu {
    fill(&mut header);
    Pdu::new(&header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::TaskList;

    fn make(text: &str) -> Pdu {
        let tasks = TaskList::default();
        let scene = Scene {
            tasks: &tasks,
            facts: None,
            itt: InitiatorTaskTag::from_bytes([1, 0, 0, 0x20]),
            fresh: 5,
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let template = Template::parse(&words).unwrap();
        let mut pdu = template.base(&scene, 3);
        pdu.fill_lengths();
        template.assign(&mut pdu, &scene);
        pdu
    }

    #[test]
    fn a_made_up_pdu_is_a_correct_one() {
        let pdu = make("r2t");
        let header = R2t::view(&pdu.header).unwrap();
        assert_eq!(
            (header.r2t_sn.get(), header.itt.to_bytes()),
            (3, [1, 0, 0, 0x20])
        );
        assert_eq!(header.desired_data_transfer_length.get(), 512);
        assert_eq!(make("data-in").data.len(), 512);
        assert_eq!(make("opcode=0x2e").header[0], 0x2e);
    }

    #[test]
    fn a_nop_in_is_a_ping_or_an_answer() {
        let ping = make("nop-in");
        assert_eq!(
            (&ping.header[16..20], &ping.header[20..24]),
            (&[0xff; 4][..], &[0, 0, 0, 5][..])
        );
        let answer = make("nop-in itt=own");
        assert_eq!(
            answer.header[16..24],
            [1, 0, 0, 0x20, 0xff, 0xff, 0xff, 0xff]
        );
        let both = make("nop-in itt=own ttt=7");
        assert_eq!(both.header[16..24], [1, 0, 0, 0x20, 0, 0, 0, 7]);
    }

    #[test]
    fn data_segments_are_as_described() {
        let pdu = make("scsi-response status=2 sense=7000 sense-len=9");
        assert_eq!((pdu.header[3], &pdu.data[..]), (2, &[0, 9, 0x70, 0][..]));
        assert_eq!(
            make("scsi-response sense=7000 datalen=3").data,
            [0, 2, 0x70]
        );
        assert_eq!(make("nop-in datalen=4").data, [0xee; 4]);
        assert_eq!(make("async data=0102").data, [1, 2]);
        let pdu = make("reject reason=6 inner-opcode=0x41 inner-itt=0x01020304 inner-len=47");
        assert_eq!((pdu.header[2], pdu.data.len(), pdu.data[0]), (6, 47, 0x41));
        assert_eq!(pdu.data[16..20], [1, 2, 3, 4]);
        assert_eq!(pdu.header[16..20], [0xff; 4]);
    }
}
