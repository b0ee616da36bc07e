// SPDX-License-Identifier: GPL-2.0

//! What keeps an object set up while commands work on it.

use kernel::{
    new_condvar,
    new_spinlock,
    prelude::*,
    sync::{
        CondVar,
        SpinLock, //
    }, //
};

/// Who is inside.
struct Inside {
    /// The passes that are out.
    passes: u32,
    /// Whether there are new ones.
    open: bool,
}

/// The way to an object that is taken down while others work on it.
///
/// A reference keeps the memory of an object, a [`Pass`] keeps the object as it is: set up, and known
/// to its driver. It starts closed. For process context.
#[pin_data]
pub struct Gate {
    #[pin]
    inside: SpinLock<Inside>,
    #[pin]
    left: CondVar,
}

impl Gate {
    /// A gate that nobody can pass yet.
    pub fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            inside <- new_spinlock!(Inside { passes: 0, open: false }, "iscsi_class_gate"),
            left <- new_condvar!("iscsi_class_gate_left"),
        })
    }

    /// Opens the gate: the object is set up.
    pub fn open(&self) {
        self.inside.lock().open = true;
    }

    /// Enters, if the gate is open.
    pub fn enter(&self) -> Option<Pass<'_>> {
        let mut inside = self.inside.lock();
        if !inside.open {
            return None;
        }
        inside.passes = inside.passes.wrapping_add(1);
        // INVARIANT: The pass was counted just now.
        Some(Pass(self))
    }

    /// Whether there are new passes now.
    pub fn is_open(&self) -> bool {
        self.inside.lock().open
    }

    /// Lets nobody in any more. Those inside stay there.
    pub fn shut(&self) {
        self.inside.lock().open = false;
    }

    /// Shuts the gate, and waits until nobody is inside. May sleep.
    ///
    /// Whoever calls this must have no pass.
    pub fn close(&self) {
        let mut inside = self.inside.lock();
        inside.open = false;
        while inside.passes != 0 {
            self.left.wait(&mut inside);
        }
    }

    fn leave(&self) {
        let mut inside = self.inside.lock();
        inside.passes = inside.passes.wrapping_sub(1);
        if inside.passes == 0 {
            self.left.notify_all();
        }
    }
}

/// Leave to work on an object. As long as it lives, the object is not taken down.
///
/// # Invariants
///
/// The gate has counted it.
#[must_use = "the object may be taken down when this is dropped"]
pub struct Pass<'a>(&'a Gate);

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}
