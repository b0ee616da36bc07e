// SPDX-License-Identifier: GPL-2.0

//! Tasks: commands that an initiator waits for, and the tags of those it no longer waits for.

use crate::data::Intake;
use crate::scsi::{block_range, Plan};
use iscsi_proto::bhs::{Lun, ScsiCommand, ScsiCommandFlags};
use iscsi_proto::tag::{InitiatorTaskTag, Itt};
use std::collections::VecDeque;

/// How many tags of completed tasks are remembered.
const PAST_MAX: usize = 4096;

/// What a command does, as rules tell commands apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// It reads blocks.
    Read,
    /// It writes blocks.
    Write,
    /// Anything else.
    Other,
}

impl Class {
    /// The class of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            "other" => Some(Self::Other),
            _ => None,
        }
    }
}

/// What a command's header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Initiator Task Tag.
    pub(crate) itt: InitiatorTaskTag,
    /// What it does.
    pub(crate) class: Class,
    /// The logical unit's number.
    pub(crate) lun: u64,
    /// The logical unit as the header has it.
    pub(crate) lun_field: Lun,
    /// Operation code.
    pub(crate) operation: u8,
    /// Expected Data Transfer Length.
    pub(crate) expected: u32,
    /// First block.
    pub(crate) lba: Option<u64>,
    /// R.
    pub(crate) read: bool,
    /// W.
    pub(crate) write: bool,
}

impl Facts {
    /// Those of a command.
    pub(crate) fn of(header: &ScsiCommand) -> Self {
        let [operation, ..] = header.cdb;
        Self {
            itt: header.itt,
            class: match operation {
                0x08 | 0x28 | 0x88 | 0xa8 => Class::Read,
                0x0a | 0x2a | 0x8a | 0xaa => Class::Write,
                _ => Class::Other,
            },
            lun: lun_number(header.lun),
            lun_field: header.lun,
            operation,
            expected: header.expected_data_transfer_length.get(),
            lba: block_range(&header.cdb).map(|(lba, _)| lba),
            read: header.flags.contains(ScsiCommandFlags::READ),
            write: header.flags.contains(ScsiCommandFlags::WRITE),
        }
    }

    /// Those of a command of which only the tag is known.
    #[cfg(test)]
    pub(crate) fn of_tag(itt: InitiatorTaskTag) -> Self {
        let mut header = ScsiCommand::default();
        header.itt = itt;
        Self::of(&header)
    }
}

/// The number of a logical unit, from the first level of its address (SAM-5, section 4.7).
pub(crate) fn lun_number(lun: Lun) -> u64 {
    match lun.to_bytes() {
        [high, low, 0, 0, 0, 0, 0, 0] => u64::from(u16::from_be_bytes([high & 0x3f, low])),
        bytes => u64::from_be_bytes(bytes),
    }
}

/// A command that an initiator waits for.
#[derive(Debug)]
pub(crate) struct Task {
    /// What its header says.
    pub(crate) facts: Facts,
    /// Its number among all tasks of the connection.
    pub(crate) serial: u64,
    /// What is to be done, until somebody does it.
    pub(crate) plan: Option<Plan>,
    /// How many bytes it would transfer if the initiator expected as many.
    pub(crate) length: u64,
    /// The data to be written.
    pub(crate) intake: Intake,
    /// DataSN or R2TSN of the next PDU.
    pub(crate) next_sn: u32,
    /// Whether its status is to be sent in a SCSI Response.
    pub(crate) separate_status: bool,
    /// How many R2Ts too many are sent.
    pub(crate) extra_r2t: u32,
}

/// All tasks of a session.
#[derive(Debug, Default)]
pub(crate) struct TaskList {
    /// Those the initiator waits for.
    tasks: Vec<Task>,
    /// Tags of those it no longer waits for, the last one at the end.
    past: VecDeque<InitiatorTaskTag>,
    /// The largest index so far, and the last age.
    highest: Option<(u32, u32)>,
    /// Whether a tag was ever used again.
    reused: bool,
    /// How many there were.
    count: u64,
}

impl TaskList {
    /// Begins a task. False if there is one with this tag.
    pub(crate) fn begin(&mut self, facts: &Facts) -> bool {
        if self.get(facts.itt).is_some() {
            return false;
        }
        let before = self.past.len();
        self.past.retain(|tag| *tag != facts.itt);
        self.reused |= self.past.len() != before;
        let raw = u32::from_ne_bytes(facts.itt.to_bytes());
        let index = raw & Itt::INDEX_MASK;
        let highest = self
            .highest
            .map_or(index, |(highest, _)| highest.max(index));
        self.highest = Some((highest, raw >> 28));
        self.count = self.count.wrapping_add(1);
        self.tasks.push(Task {
            facts: facts.clone(),
            serial: self.count,
            plan: None,
            length: 0,
            intake: Intake::default(),
            next_sn: 0,
            separate_status: false,
            extra_r2t: 0,
        });
        true
    }

    /// Ends a task. False if there is none.
    pub(crate) fn end(&mut self, itt: InitiatorTaskTag) -> bool {
        self.end_all(|task| task.facts.itt == itt) > 0
    }

    /// Ends all tasks of which this is true, and returns how many.
    pub(crate) fn end_all(&mut self, mut which: impl FnMut(&Task) -> bool) -> usize {
        let before = self.tasks.len();
        let past = &mut self.past;
        self.tasks.retain(|task| {
            let ends = which(task);
            if ends {
                past.push_back(task.facts.itt);
            }
            !ends
        });
        while self.past.len() > PAST_MAX {
            self.past.pop_front();
        }
        before - self.tasks.len()
    }

    /// The task with this tag.
    pub(crate) fn get(&self, itt: InitiatorTaskTag) -> Option<&Task> {
        self.tasks.iter().find(|task| task.facts.itt == itt)
    }

    /// The task with this tag.
    pub(crate) fn get_mut(&mut self, itt: InitiatorTaskTag) -> Option<&mut Task> {
        self.tasks.iter_mut().find(|task| task.facts.itt == itt)
    }

    /// The tag of the task with this number.
    pub(crate) fn tag_of(&self, serial: u64) -> Option<InitiatorTaskTag> {
        let task = self.tasks.iter().find(|task| task.serial == serial);
        task.map(|task| task.facts.itt)
    }

    /// Another task than that of `itt`, of a class that will do.
    pub(crate) fn another(
        &self,
        itt: InitiatorTaskTag,
        will_do: impl Fn(Class) -> bool,
    ) -> Option<InitiatorTaskTag> {
        let mut others = self.tasks.iter().filter(|task| task.facts.itt != itt);
        let other = others.find(|task| will_do(task.facts.class));
        other.map(|task| task.facts.itt)
    }

    /// Whether there is a task.
    pub(crate) fn any(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// The tag of the task that ended last, or else one never used.
    pub(crate) fn last_free(&self) -> Option<InitiatorTaskTag> {
        self.past.back().copied().or_else(|| self.never_used())
    }

    /// The tag that the initiator gives out next, if it has a queue of them as Linux does.
    pub(crate) fn next_free(&self) -> Option<InitiatorTaskTag> {
        if self.reused {
            self.past.front().copied()
        } else {
            self.never_used()
        }
    }

    /// A tag never used so far.
    fn never_used(&self) -> Option<InitiatorTaskTag> {
        let (highest, age) = self.highest?;
        Itt::new(highest.checked_add(1)?, age).map(InitiatorTaskTag::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(index: u32) -> InitiatorTaskTag {
        Itt::new(index, 1).unwrap().into()
    }

    #[test]
    fn tasks_begin_and_end() {
        let mut tasks = TaskList::default();
        assert_eq!(tasks.next_free(), None);
        assert!(tasks.begin(&Facts::of_tag(tag(4))));
        assert!(!tasks.begin(&Facts::of_tag(tag(4))));
        let serial = tasks.get(tag(4)).unwrap().serial;
        assert_eq!(tasks.tag_of(serial), Some(tag(4)));
        assert_eq!(tasks.last_free(), Some(tag(5)));
        assert!(tasks.end(tag(4)));
        assert!(!tasks.end(tag(4)));
        assert_eq!(tasks.tag_of(serial), None);
        assert_eq!(
            (tasks.last_free(), tasks.next_free()),
            (Some(tag(4)), Some(tag(5)))
        );
        assert!(tasks.begin(&Facts::of_tag(tag(0))));
        assert!(tasks.end(tag(0)));
        assert!(tasks.begin(&Facts::of_tag(tag(4))));
        assert_eq!(tasks.next_free(), Some(tag(0)));
    }

    #[test]
    fn logical_units_have_numbers() {
        assert_eq!(lun_number(Lun::from_bytes([0, 5, 0, 0, 0, 0, 0, 0])), 5);
        assert_eq!(
            lun_number(Lun::from_bytes([0x41, 2, 0, 0, 0, 0, 0, 0])),
            0x102
        );
        assert!(lun_number(Lun::from_bytes([0, 0, 0, 1, 0, 0, 0, 0])) > 0xffff);
    }

    #[test]
    fn facts_are_those_of_the_header() {
        let mut header = ScsiCommand::default();
        header.cdb[..6].copy_from_slice(&[0x28, 0, 0, 0, 1, 2]);
        header.flags = ScsiCommandFlags::FINAL | ScsiCommandFlags::READ;
        header.expected_data_transfer_length = 1024.into();
        let facts = Facts::of(&header);
        assert_eq!((facts.class, facts.lba), (Class::Read, Some(0x102)));
        assert_eq!(
            (facts.read, facts.write, facts.expected),
            (true, false, 1024)
        );
    }
}
