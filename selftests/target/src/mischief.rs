// SPDX-License-Identifier: GPL-2.0

//! Rules at work: which go off, and what becomes of a PDU then.

use crate::action::{Action, Corrupt};
use crate::event::tell;
use crate::insert;
use crate::pdu::{Encoded, Pdu};
use crate::rule::{Moment, Rule, View};
use crate::transmit::Wire;
use crate::value::Scene;
use iscsi_proto::receive::Framing;
use std::time::Duration;

/// How long it is between two pieces of a PDU.
const BETWEEN_PIECES: Duration = Duration::from_millis(2);

/// A rule, and how far it has come.
#[derive(Debug)]
struct Counted {
    /// The rule.
    rule: Rule,
    /// How often all was as it says.
    seen: u64,
    /// How often it went off.
    fired: u64,
}

/// All rules.
#[derive(Debug, Default)]
pub(crate) struct Mischief(Vec<Counted>);

impl Mischief {
    /// Rules that have not gone off.
    pub(crate) fn new(rules: Vec<Rule>) -> Self {
        let counted = rules.into_iter().map(|rule| Counted {
            rule,
            seen: 0,
            fired: 0,
        });
        Self(counted.collect())
    }

    /// What goes wrong at this moment.
    pub(crate) fn fire(
        &mut self,
        moment: Moment,
        view: &View<'_>,
        scene: &Scene<'_>,
    ) -> Vec<Action> {
        let counted = self.0.iter_mut().enumerate();
        let of_moment = counted.filter(|(_, counted)| counted.rule.is_for(moment));
        of_moment
            .flat_map(|(index, counted)| counted.fire(index, view, scene))
            .collect()
    }

    /// What goes wrong now that the time of rule `index` has come.
    pub(crate) fn fire_timer(
        &mut self,
        index: usize,
        view: &View<'_>,
        scene: &Scene<'_>,
    ) -> Vec<Action> {
        match self.0.get_mut(index) {
            Some(counted) => counted.fire(index, view, scene),
            None => Vec::new(),
        }
    }

    /// The rules that wait for a time, how long, and whether without commands.
    pub(crate) fn timers(&self) -> Vec<(usize, Duration, bool)> {
        let counted = self.0.iter().enumerate();
        let waiting = counted.filter(|(_, counted)| !counted.is_over());
        let timers = waiting.filter_map(|(index, counted)| match counted.rule.moment {
            Moment::Timer(time) => Some((index, time, false)),
            Moment::Idle(time) => Some((index, time, true)),
            _ => None,
        });
        timers.collect()
    }

    /// Whether a rule will not go off again.
    pub(crate) fn is_over(&self, index: usize) -> bool {
        self.0.get(index).is_none_or(Counted::is_over)
    }
}

impl Counted {
    /// Whether it will not go off again.
    fn is_over(&self) -> bool {
        self.rule.times.is_some_and(|times| self.fired >= times)
    }

    /// What goes wrong, if this is the time.
    fn fire(&mut self, index: usize, view: &View<'_>, scene: &Scene<'_>) -> Vec<Action> {
        let possible = |action: &Action| action.is_possible(scene);
        if self.is_over() || !self.rule.holds(view) || !self.rule.actions.iter().all(possible) {
            return Vec::new();
        }
        self.seen += 1;
        if self.seen < self.rule.first {
            return Vec::new();
        }
        self.fired += 1;
        tell(format_args!("rule {} fired: {}", index + 1, self.rule.text));
        self.rule.actions.clone()
    }
}

/// What goes on the wire for a PDU, without the ends of the connection.
pub(crate) fn shape(
    mut pdu: Pdu,
    actions: &[Action],
    scene: &Scene<'_>,
    framing: Framing,
) -> Vec<Wire> {
    actions
        .iter()
        .for_each(|action| resize(&mut pdu, action, true));
    pdu.fill_lengths();
    actions
        .iter()
        .for_each(|action| resize(&mut pdu, action, false));
    for action in actions {
        if let Action::Set(assigns) = action {
            insert::assign(assigns, &mut pdu, scene);
        }
    }
    let mut encoded = pdu.encode(framing);
    for action in actions {
        if let Action::Corrupt(what) = action {
            corrupt(&mut encoded, *what);
        }
    }
    let mut wires = vec![Wire::Bytes(encoded.bytes)];
    for action in actions {
        wires = rearrange(wires, action);
    }
    wires
}

/// Changes the length of a PDU's parts, by the actions of which the header has to know, or by the
/// others.
fn resize(pdu: &mut Pdu, action: &Action, before_header: bool) {
    match action {
        Action::Ahs(words) if before_header => pdu.ahs.extend(segment(*words)),
        Action::Grow { bytes, said } if *said == before_header => {
            let length = pdu.data.len().saturating_add(*bytes);
            pdu.data.resize(length, 0xee);
        }
        Action::Shrink { bytes, said } if *said == before_header => {
            let length = pdu.data.len().saturating_sub(*bytes);
            pdu.data.truncate(length);
        }
        _ => {}
    }
}

/// Words of Additional Header Segments, of a type that nobody knows.
fn segment(words: usize) -> Vec<u8> {
    let length = u16::try_from((words * 4).saturating_sub(3)).unwrap_or(0);
    let [high, low] = length.to_be_bytes();
    let mut bytes = vec![high, low, 0x3f];
    bytes.resize(words * 4, 0);
    bytes
}

/// Makes some byte wrong.
fn corrupt(encoded: &mut Encoded, what: Corrupt) {
    let at = match what {
        Corrupt::HeaderDigest => encoded.header_digest,
        Corrupt::DataDigest => encoded.data_digest,
        Corrupt::Byte(at) => Some(at),
    };
    if let Some(byte) = at.and_then(|at| encoded.bytes.get_mut(at)) {
        *byte ^= 0xff;
    }
}

/// Changes how bytes are sent.
fn rearrange(wires: Vec<Wire>, action: &Action) -> Vec<Wire> {
    match action {
        Action::Drop => Vec::new(),
        Action::Duplicate => [wires.clone(), wires].concat(),
        Action::Dribble(pause) => pieces(wires, 1, *pause),
        Action::Split(length) => pieces(wires, *length, BETWEEN_PIECES),
        Action::Cut { bytes, reset } => cut(wires, *bytes, *reset),
        _ => wires,
    }
}

/// Sends bytes in pieces.
fn pieces(wires: Vec<Wire>, length: usize, pause: Duration) -> Vec<Wire> {
    let mut cut = Vec::new();
    for wire in wires {
        match wire {
            Wire::Bytes(bytes) => {
                for piece in bytes.chunks(length.max(1)) {
                    cut.push(Wire::Bytes(piece.to_vec()));
                    cut.push(Wire::Pause(pause));
                }
            }
            wire => cut.push(wire),
        }
    }
    cut
}

/// Sends only the first bytes.
fn cut(mut wires: Vec<Wire>, count: usize, reset: bool) -> Vec<Wire> {
    if let Some(Wire::Bytes(bytes)) = wires.first_mut() {
        bytes.truncate(count);
    }
    wires.truncate(1);
    wires.push(Wire::Close {
        reset,
        reason: "a rule cut it off",
    });
    wires
}

/// How the connection ends, if it does.
pub(crate) fn ends(actions: &[Action]) -> Vec<Wire> {
    let close = |reset| Wire::Close {
        reset,
        reason: "a rule closed it",
    };
    let ends = actions.iter().filter_map(|action| match action {
        Action::Close => Some(close(false)),
        Action::Reset => Some(close(true)),
        Action::Silence => Some(Wire::Silence),
        _ => None,
    });
    ends.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdu::{data_length, Kind};
    use crate::task::TaskList;
    use iscsi_proto::bhs::{Header, NopIn};
    use iscsi_proto::tag::InitiatorTaskTag;

    fn with_scene<T>(f: impl FnOnce(&Scene<'_>) -> T) -> T {
        let tasks = TaskList::default();
        f(&Scene {
            tasks: &tasks,
            facts: None,
            itt: InitiatorTaskTag::from_bytes([1, 0, 0, 0]),
            fresh: 1,
        })
    }

    fn shaped(text: &str) -> Vec<Wire> {
        let rule = Rule::parse(&format!("send nop-in: {text}")).unwrap();
        let framing = Framing {
            header_digest: true,
            data_digest: true,
            no_padding: false,
        };
        let pdu = Pdu::with_data(&NopIn::default(), vec![1, 2, 3, 4]);
        with_scene(|scene| shape(pdu, &rule.actions, scene, framing))
    }

    fn bytes(text: &str) -> Vec<u8> {
        match &shaped(text)[..] {
            [Wire::Bytes(bytes)] => bytes.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rules_go_off_when_they_should() {
        let lines = "send nop-in 2 times 2: drop\nsend any every: duplicate\nsend r2t: drop\ntimer 5: close\n\
            idle 7: close";
        let mut mischief = Mischief::new(Rule::parse_all(lines).unwrap());
        let times = [5, 7].map(Duration::from_millis);
        assert_eq!(
            mischief.timers(),
            [(3, times[0], false), (4, times[1], true)]
        );
        let header = NopIn::default().to_bytes();
        let view = View {
            header: Some(&header),
            facts: None,
            discovery: false,
            connection: 1,
        };
        let counts = with_scene(|scene| {
            let moment = Moment::Send(Some(Kind::NopIn));
            let counts = [1, 2, 3, 4].map(|_| mischief.fire(moment, &view, scene).len());
            assert_eq!(mischief.fire_timer(3, &view, scene), [Action::Close]);
            assert!(mischief.is_over(3));
            counts
        });
        assert_eq!(counts, [1, 2, 2, 1]);
    }

    #[test]
    fn fields_are_set_under_a_digest_that_is_right() {
        let plain = bytes("corrupt byte 9999");
        let set = bytes("set itt=0x01020304");
        assert_eq!(set[16..20], [1, 2, 3, 4]);
        assert_ne!(plain[48..52], set[48..52]);
        let wrong = bytes("corrupt header-digest");
        assert_eq!(
            (plain[48] ^ wrong[48], &plain[49..], &plain[..48]),
            (0xff, &wrong[49..], &wrong[..48])
        );
        let wrong = bytes("corrupt data-digest");
        assert_eq!(plain[56] ^ wrong[56], 0xff);
    }

    #[test]
    fn lengths_lie_or_do_not() {
        let length = |bytes: &[u8]| (data_length(bytes.first_chunk().unwrap()), bytes.len());
        assert_eq!(length(&bytes("grow 4")), (8, 48 + 4 + 8 + 4));
        assert_eq!(length(&bytes("grow 4 unsaid")), (4, 48 + 4 + 8 + 4));
        assert_eq!(length(&bytes("shrink 4")), (0, 48 + 4));
        assert_eq!(length(&bytes("shrink 1 unsaid")), (4, 48 + 4 + 4 + 4));
        assert_eq!(length(&bytes("set dlength=+4")), (8, 48 + 4 + 4 + 4));
        let ahs = bytes("ahs 3");
        assert_eq!(
            (ahs[4], ahs.len(), &ahs[48..51]),
            (3, 48 + 12 + 4 + 8, &[0, 9, 0x3f][..])
        );
    }

    #[test]
    fn bytes_are_sent_in_other_ways() {
        assert_eq!(shaped("drop"), []);
        assert_eq!(shaped("duplicate").len(), 2);
        assert_eq!(shaped("dribble 1").len(), 2 * 60);
        assert_eq!(shaped("split 50").len(), 4);
        let close = |reset| Wire::Close {
            reset,
            reason: "a rule cut it off",
        };
        assert!(
            matches!(&shaped("cut 9")[..], [Wire::Bytes(bytes), end] if bytes.len() == 9 && *end == close(false))
        );
        assert_eq!(shaped("cut 0 rst")[1], close(true));
    }
}
