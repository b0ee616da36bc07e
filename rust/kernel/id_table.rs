// SPDX-License-Identifier: GPL-2.0

//! Things that are found by a number.

use core::ops::RangeInclusive;
use kernel::{
    prelude::*,
    rbtree::{
        RBTree,
        RBTreeNodeReservation, //
    }, //
};

/// Room for one more thing in an [`IdTable`], allocated beforehand: tables are behind locks that must
/// not be held while memory is allocated.
pub struct Slot<V>(RBTreeNodeReservation<u32, V>);

impl<V> Slot<V> {
    /// Allocates room.
    ///
    /// # Errors
    ///
    /// `ENOMEM`.
    pub fn new() -> Result<Self> {
        RBTreeNodeReservation::new(GFP_KERNEL).map(Self)
    }
}

/// Things by their numbers. Can be the first value of a static.
///
/// # Examples
///
/// ```ignore
/// let mut table = IdTable::new();
/// assert_eq!(table.insert_lowest(1..=9, Slot::new()?, "a"), Some(1));
/// assert_eq!(table.insert_lowest(1..=9, Slot::new()?, "b"), Some(2));
/// assert_eq!(table.remove(1), Some("a"));
/// assert_eq!(table.insert_lowest(1..=9, Slot::new()?, "c"), Some(1));
/// ```
pub struct IdTable<V>(Option<RBTree<u32, V>>);

impl<V> IdTable<V> {
    /// A table without anything in it.
    pub const fn new() -> Self {
        Self(None)
    }

    /// What has a number.
    pub fn get(&self, id: u32) -> Option<&V> {
        self.0.as_ref()?.get(&id)
    }

    /// Everything in the table, in the order of the numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &V)> {
        self.0
            .iter()
            .flat_map(RBTree::iter)
            .map(|(&id, value)| (id, value))
    }

    /// Gives a value a number. Returns the value if another has it.
    pub fn insert(&mut self, id: u32, slot: Slot<V>, value: V) -> Option<V> {
        let tree = self.0.get_or_insert_with(RBTree::new);
        if tree.get(&id).is_some() {
            return Some(value);
        }
        tree.insert(slot.0.into_node(id, value));
        None
    }

    /// Gives a value the lowest number of `ids` that no other has; [`None`] if there is none.
    pub fn insert_lowest(
        &mut self,
        ids: RangeInclusive<u32>,
        slot: Slot<V>,
        value: V,
    ) -> Option<u32> {
        let id = lowest_free(self.iter().map(|(id, _)| id), *ids.start())?;
        if !ids.contains(&id) {
            return None;
        }
        self.insert(id, slot, value).is_none().then_some(id)
    }

    /// Takes what has a number out of the table.
    pub fn remove(&mut self, id: u32) -> Option<V> {
        self.0.as_mut()?.remove(&id)
    }
}

impl<V> Default for IdTable<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// The lowest number from `first` on that is none of those `used`, which ascend.
fn lowest_free(used: impl Iterator<Item = u32>, first: u32) -> Option<u32> {
    let mut free = first;
    for id in used {
        if id > free {
            break;
        }
        if id == free {
            free = free.checked_add(1)?;
        }
    }
    Some(free)
}
