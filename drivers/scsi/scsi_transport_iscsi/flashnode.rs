// SPDX-License-Identifier: GPL-2.0

//! Flashnodes: targets that an adapter keeps in its own memory.

use crate::attributes::{
    FLASH_CONNECTION,
    FLASH_SESSION, //
};
use iscsi_abi::class::{
    FlashBus,
    FlashConnection,
    FlashSession,
    Host, //
};
use iscsi_kernel::bus::BusRegistration;
use kernel::{
    prelude::*,
    sync::aref::ARef, //
};

/// The bus that flashnodes are on.
pub(crate) static BUS: FlashBus = FlashBus::new(&FLASH_SESSION, &FLASH_CONNECTION);

/// Makes the bus known to the system.
///
/// # Errors
///
/// `EEXIST` when there is one of that name, or `ENOMEM`.
pub(crate) fn bus_register() -> Result<BusRegistration> {
    BUS.register()
}

/// Finds a flashnode of a host by the number that the adapter has for it.
pub(crate) fn find_by_index(host: &Host, index: u32) -> Option<ARef<FlashSession>> {
    BUS.find_session(host, |session| session.index() == index)
}

/// Finds the connection of a flashnode.
pub(crate) fn connection_of(session: &FlashSession) -> Option<ARef<FlashConnection>> {
    BUS.find_connection(session)
}

/// Takes a flashnode out of the system, unless somebody else does.
pub(crate) fn destroy(session: &FlashSession) {
    BUS.destroy_session(session.into());
}

/// Takes all flashnodes of a host out of the system.
pub(crate) fn destroy_all(host: &Host) {
    BUS.for_each_session(host, destroy);
}
