// SPDX-License-Identifier: GPL-2.0

//! The modules of transports.

use super::Transport;
use iscsi_bindings as bindings;

/// Keeps a module loaded.
///
/// # Invariants
///
/// It has a reference to the module, or the pointer is null: the kernel itself.
#[must_use = "the module may go when this is dropped"]
pub struct ModuleRef(*mut bindings::module);

impl Transport {
    /// Keeps the module of the transport loaded; [`None`] when it is about to go.
    #[inline]
    pub fn pin_module(&self) -> Option<ModuleRef> {
        let module = self.table().owner;
        // SAFETY: The module of a table that is valid was not unloaded yet.
        let is_held = unsafe { bindings::try_module_get(module) };
        // INVARIANT: Taken just now.
        is_held.then_some(ModuleRef(module))
    }
}

impl Drop for ModuleRef {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { bindings::module_put(self.0) };
    }
}
