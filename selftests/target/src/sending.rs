// SPDX-License-Identifier: GPL-2.0

//! Sending PDUs, and all that rules have to say about it.

use crate::action::Action;
use crate::connection::{Connection, Timer};
use crate::insert::Template;
use crate::mischief::{ends, shape};
use crate::pdu::{HeaderBytes, Kind, Pdu};
use crate::rule::{Moment, View};
use crate::target::Target;
use crate::task::Facts;
use crate::transmit::Wire;
use crate::value::Scene;
use iscsi_proto::bhs::{Bhs, Header};
use iscsi_proto::tag::InitiatorTaskTag;
use std::time::Instant;

/// What became of a PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It is on its way, as far as this target knows.
    Sent,
    /// It is held back for ever: its task goes on.
    Held,
}

/// The Initiator Task Tag of a header.
pub(crate) fn itt_of(header: &HeaderBytes) -> InitiatorTaskTag {
    Bhs::view(header).map_or(InitiatorTaskTag::RESERVED, |header| header.itt)
}

impl Connection {
    /// A Target Transfer Tag never used before.
    pub(crate) fn new_ttt(&mut self) -> u32 {
        self.last_ttt = self.last_ttt.wrapping_add(1);
        if self.last_ttt == u32::MAX {
            self.last_ttt = 1;
        }
        self.last_ttt
    }

    /// What symbols refer to, for the task of this tag.
    fn scene<'a>(&'a self, itt: InitiatorTaskTag, facts: Option<&'a Facts>) -> Scene<'a> {
        Scene {
            tasks: &self.tasks,
            facts,
            itt,
            fresh: self.last_ttt,
        }
    }

    /// What goes wrong at this moment.
    pub(crate) fn fire(
        &mut self,
        target: &mut Target,
        moment: Moment,
        header: Option<&HeaderBytes>,
        facts: Option<&Facts>,
    ) -> Vec<Action> {
        let view = View {
            header,
            facts,
            discovery: self.discovery,
            connection: self.number,
        };
        let itt = header.map_or(InitiatorTaskTag::RESERVED, itt_of);
        let actions = target.mischief.fire(moment, &view, &self.scene(itt, facts));
        self.lied |= !actions.is_empty();
        actions
    }

    /// Sends a PDU that belongs to a command if there are `facts`.
    pub(crate) fn send(
        &mut self,
        target: &mut Target,
        mut pdu: Pdu,
        facts: Option<&Facts>,
    ) -> Sent {
        let kind = Kind::of(&pdu.header);
        let actions = self.fire(target, Moment::Send(kind), Some(&pdu.header), facts);
        let itt = itt_of(&pdu.header);
        if actions.contains(&Action::Hold) {
            self.precede(&actions, itt, facts);
            self.follow(&actions, itt, facts);
            return Sent::Held;
        }
        self.delay(&actions);
        self.insert_all(&actions, false, itt, facts);
        self.numbers.stamp(&mut pdu.header);
        self.new_ttt();
        let wires = shape(pdu, &actions, &self.scene(itt, facts), self.framing);
        self.place(kind, wires, &actions);
        self.insert_all(&actions, true, itt, facts);
        self.end_by(&actions);
        Sent::Sent
    }

    /// Puts the bytes of a PDU where they belong: now, later, or behind the next of their kind.
    fn place(&mut self, kind: Option<Kind>, wires: Vec<Wire>, actions: &[Action]) {
        let later = actions.iter().find_map(|action| match action {
            Action::Later(time) => Some(*time),
            _ => None,
        });
        if let Some(time) = later {
            let at = Instant::now() + time;
            self.later.extend(wires.into_iter().map(|wire| (at, wire)));
        } else if let (Some(kind), true) = (kind, actions.contains(&Action::Swap)) {
            self.swapped.push((kind, wires));
        } else {
            self.push_all(wires);
            let (behind, rest) = std::mem::take(&mut self.swapped)
                .into_iter()
                .partition(|(of, _)| Some(*of) == kind);
            self.swapped = rest;
            let behind: Vec<(Kind, Vec<Wire>)> = behind;
            behind
                .into_iter()
                .for_each(|(_, wires)| self.push_all(wires));
        }
    }

    /// Puts things at the end of what is to be sent.
    fn push_all(&mut self, wires: Vec<Wire>) {
        wires.into_iter().for_each(|wire| self.transmit.push(wire));
    }

    /// Does what rules want before a PDU is looked at, and after something happened.
    pub(crate) fn precede(
        &mut self,
        actions: &[Action],
        itt: InitiatorTaskTag,
        facts: Option<&Facts>,
    ) {
        self.delay(actions);
        self.insert_all(actions, false, itt, facts);
        self.end_by(actions);
    }

    /// Does what rules want after a PDU was looked at.
    pub(crate) fn follow(
        &mut self,
        actions: &[Action],
        itt: InitiatorTaskTag,
        facts: Option<&Facts>,
    ) {
        self.insert_all(actions, true, itt, facts);
    }

    /// Sends nothing for a while.
    fn delay(&mut self, actions: &[Action]) {
        for action in actions {
            if let Action::Delay(time) = action {
                self.transmit.push(Wire::Pause(*time));
            }
        }
    }

    /// Ends sending or reading.
    fn end_by(&mut self, actions: &[Action]) {
        self.push_all(ends(actions));
        self.deaf |= actions.contains(&Action::Deaf);
    }

    /// Sends the PDUs that rules make up.
    fn insert_all(
        &mut self,
        actions: &[Action],
        behind: bool,
        itt: InitiatorTaskTag,
        facts: Option<&Facts>,
    ) {
        for action in actions {
            match action {
                Action::Insert { after, template } if *after == behind => {
                    self.insert(template, itt, facts);
                }
                _ => {}
            }
        }
    }

    /// Sends a PDU that a rule makes up. No rule is about that one.
    pub(crate) fn insert(
        &mut self,
        template: &Template,
        itt: InitiatorTaskTag,
        facts: Option<&Facts>,
    ) {
        self.new_ttt();
        let next = self.tasks.get(itt).map_or(0, |task| task.next_sn);
        let scene = self.scene(itt, facts);
        let mut pdu = template.base(&scene, next);
        let mut numbers = self.numbers;
        numbers.stamp(&mut pdu.header);
        pdu.fill_lengths();
        template.assign(&mut pdu, &scene);
        self.numbers = numbers;
        if template.kind == Some(Kind::R2t) {
            if let Some(task) = self.tasks.get_mut(itt) {
                task.next_sn = task.next_sn.wrapping_add(1);
            }
        }
        self.transmit
            .push(Wire::Bytes(pdu.encode(self.framing).bytes));
    }

    /// Waits for the times that rules wait for.
    pub(crate) fn start_timers(&mut self, target: &Target) {
        let now = Instant::now();
        let timers = target.mischief.timers().into_iter();
        self.timers = timers
            .map(|(rule, period, idle)| Timer {
                rule,
                at: now + period,
                period,
                idle,
            })
            .collect();
    }

    /// What waits for a time without commands waits anew.
    pub(crate) fn restart_idle_timers(&mut self) {
        let now = Instant::now();
        for timer in self.timers.iter_mut().filter(|timer| timer.idle) {
            timer.at = now + timer.period;
        }
    }

    /// Does what it is time for.
    pub(crate) fn tick(&mut self, target: &mut Target, now: Instant) {
        let (due, later) = std::mem::take(&mut self.later)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        self.later = later;
        let due: Vec<(Instant, Wire)> = due;
        due.into_iter()
            .for_each(|(_, wire)| self.transmit.push(wire));
        for mut timer in std::mem::take(&mut self.timers) {
            if timer.at <= now {
                if !(timer.idle && self.tasks.any()) {
                    self.fire_timer(target, timer.rule);
                }
                timer.at = now + timer.period;
            }
            if !target.mischief.is_over(timer.rule) {
                self.timers.push(timer);
            }
        }
    }

    /// Does what a rule says now that its time has come.
    fn fire_timer(&mut self, target: &mut Target, rule: usize) {
        let view = View {
            header: None,
            facts: None,
            discovery: self.discovery,
            connection: self.number,
        };
        let itt = self
            .tasks
            .another(InitiatorTaskTag::RESERVED, |_| true)
            .or_else(|| self.tasks.last_free())
            .unwrap_or(InitiatorTaskTag::RESERVED);
        let facts = self.tasks.get(itt).map(|task| task.facts.clone());
        let scene = self.scene(itt, facts.as_ref());
        let actions = target.mischief.fire_timer(rule, &view, &scene);
        self.lied |= !actions.is_empty();
        self.precede(&actions, itt, facts.as_ref());
        self.follow(&actions, itt, facts.as_ref());
    }

    /// When there is something to do next.
    pub(crate) fn next_time(&self) -> Option<Instant> {
        let later = self.later.iter().map(|(at, _)| *at);
        later.chain(self.timers.iter().map(|timer| timer.at)).min()
    }
}
