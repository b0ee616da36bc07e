// SPDX-License-Identifier: GPL-2.0

//! Values that rules give to fields: numbers, differences, and names of tags and ends.

use crate::task::{Class, Facts, TaskList};
use iscsi_proto::tag::{InitiatorTaskTag, Itt};

/// A value that depends on what is going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// The tag of the PDU's own task.
    Own,
    /// A tag that was in use.
    Free,
    /// The tag that the initiator most likely gives out next: it may wait to be sent.
    Unsent,
    /// The tag of another task that does the same.
    Other,
    /// The tag of a task that does something else.
    OtherKind,
    /// A tag of an index that no session has.
    BadIndex,
    /// The task's tag, at another age of the session.
    BadAge,
    /// The task's tag, with a bit that no tag of Linux has.
    Forged,
    /// All ones.
    Reserved,
    /// Just beyond the command's buffer.
    Beyond,
    /// A number that 512 more make zero.
    Wrap,
    /// A tag never used before.
    Fresh,
}

/// The names of the symbols.
const SYMBOLS: [(&str, Symbol); 13] = [
    ("own", Symbol::Own),
    ("free", Symbol::Free),
    ("unsent", Symbol::Unsent),
    ("other", Symbol::Other),
    ("otherkind", Symbol::OtherKind),
    ("bad-index", Symbol::BadIndex),
    ("bad-age", Symbol::BadAge),
    ("forged", Symbol::Forged),
    ("reserved", Symbol::Reserved),
    ("max", Symbol::Reserved),
    ("beyond", Symbol::Beyond),
    ("wrap", Symbol::Wrap),
    ("fresh", Symbol::Fresh),
];

/// What a field becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// This number.
    Is(u64),
    /// This much more.
    Plus(u64),
    /// This much less.
    Minus(u64),
    /// What the symbol stands for.
    Symbol(Symbol),
}

/// A number, decimal or hexadecimal.
pub(crate) fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

impl Value {
    /// The value that a text stands for.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no value");
        if let Some((_, symbol)) = SYMBOLS.iter().find(|(name, _)| *name == text) {
            return Ok(Self::Symbol(*symbol));
        }
        let value = match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(rest), _) => number(rest).map(Self::Plus),
            (_, Some(rest)) => number(rest).map(Self::Minus),
            _ => number(text).map(Self::Is),
        };
        value.ok_or_else(wrong)
    }

    /// The number for a field that has `current`; [`None`] when there is no such task.
    pub(crate) fn resolve(self, current: u64, scene: &Scene<'_>) -> Option<u64> {
        match self {
            Self::Is(value) => Some(value),
            Self::Plus(value) => Some(current.wrapping_add(value)),
            Self::Minus(value) => Some(current.wrapping_sub(value)),
            Self::Symbol(symbol) => scene.resolve(symbol),
        }
    }
}

/// What symbols refer to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    /// All tasks of the session.
    pub(crate) tasks: &'a TaskList,
    /// The command that the PDU in question belongs to.
    pub(crate) facts: Option<&'a Facts>,
    /// The tag of the PDU in question.
    pub(crate) itt: InitiatorTaskTag,
    /// A Target Transfer Tag never used before.
    pub(crate) fresh: u32,
}

impl Scene<'_> {
    /// What a symbol stands for.
    fn resolve(&self, symbol: Symbol) -> Option<u64> {
        let tag = |tag: InitiatorTaskTag| u64::from(u32::from_be_bytes(tag.to_bytes()));
        // As Linux has them: an index, and an age in the last four bits, in host byte order.
        let own = u32::from_ne_bytes(self.itt.to_bytes());
        let changed = |raw: u32| Some(u64::from(u32::from_be_bytes(raw.to_ne_bytes())));
        match symbol {
            Symbol::Own => Some(tag(self.itt)),
            Symbol::Free => self.tasks.last_free().map(tag),
            Symbol::Unsent => self.tasks.next_free().map(tag),
            Symbol::Other => self.another(true).map(tag),
            Symbol::OtherKind => self.another(false).map(tag),
            Symbol::BadIndex => changed(own | Itt::INDEX_MASK),
            Symbol::BadAge => changed(own.wrapping_add(1 << 28)),
            Symbol::Forged => changed(own ^ (1 << 20)),
            Symbol::Reserved => Some(u64::MAX),
            Symbol::Beyond => Some(self.facts.map_or(512, |facts| u64::from(facts.expected))),
            Symbol::Wrap => Some(u64::from(u32::MAX - 511)),
            Symbol::Fresh => Some(u64::from(self.fresh)),
        }
    }

    /// Another command of the same class, or of another one.
    fn another(&self, same: bool) -> Option<InitiatorTaskTag> {
        let class = self.facts.map_or(Class::Other, |facts| facts.class);
        self.tasks
            .another(self.itt, |other| (other == class) == same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbers_differences_and_symbols() {
        assert_eq!(Value::parse("7"), Ok(Value::Is(7)));
        assert_eq!(Value::parse("0xfF"), Ok(Value::Is(255)));
        assert_eq!(Value::parse("+1"), Ok(Value::Plus(1)));
        assert_eq!(Value::parse("-0x10"), Ok(Value::Minus(16)));
        assert_eq!(Value::parse("bad-age"), Ok(Value::Symbol(Symbol::BadAge)));
        for wrong in ["", "x", "0x", "+", "--1", "1.5"] {
            assert!(Value::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn symbols_stand_for_tags() {
        let mut tasks = TaskList::default();
        let tag = |index: u32| InitiatorTaskTag::from(Itt::new(index, 2).unwrap());
        let facts = |index, class| Facts {
            class,
            expected: 4096,
            ..Facts::of_tag(tag(index))
        };
        for (index, class) in [(1, Class::Read), (2, Class::Write), (3, Class::Read)] {
            tasks.begin(&facts(index, class));
        }
        tasks.end(tag(3));
        let own = facts(1, Class::Read);
        let scene = Scene {
            tasks: &tasks,
            facts: Some(&own),
            itt: tag(1),
            fresh: 77,
        };
        let resolve = |text| Value::parse(text).unwrap().resolve(10, &scene);
        let number = |tag: InitiatorTaskTag| Some(u64::from(u32::from_be_bytes(tag.to_bytes())));
        assert_eq!(resolve("own"), number(tag(1)));
        assert_eq!(resolve("free"), number(tag(3)));
        assert_eq!(resolve("otherkind"), number(tag(2)));
        assert_eq!(resolve("other"), None);
        assert_eq!(resolve("bad-age"), number(Itt::new(1, 3).unwrap().into()));
        assert_eq!(
            resolve("bad-index"),
            number(Itt::new(0x1fff, 2).unwrap().into())
        );
        assert_eq!(resolve("beyond"), Some(4096));
        assert_eq!(resolve("fresh"), Some(77));
        assert_eq!(resolve("+5"), Some(15));
        assert_eq!(
            resolve("wrap").map(|value| (value as u32).wrapping_add(512)),
            Some(0)
        );
    }
}
