// SPDX-License-Identifier: GPL-2.0

//! `/sys/class/iscsi_transport/NAME/`.

use super::require_administrator;
use iscsi_abi::class::Registered;
use iscsi_kernel::{
    attribute_group,
    sysfs::{
        Attribute,
        AttributeOperations,
        AttributePage,
        Groups, //
    }, //
};
use kernel::{
    ffi::c_int,
    prelude::*, //
};

/// What an attribute of a transport says.
enum TransportAttribute {
    /// What commands call the transport.
    Handle,
    /// What it can do.
    Capabilities,
}

impl AttributeOperations for TransportAttribute {
    type Owner = Registered;

    fn show(&self, transport: &Registered, page: &AttributePage<'_>) -> Result<c_int> {
        match self {
            Self::Handle => {
                require_administrator()?;
                Ok(page.print(format_args!("{}\n", transport.handle())))
            }
            Self::Capabilities => {
                let capabilities = transport.transport().capabilities();
                Ok(page.print(format_args!("{capabilities:#x}\n")))
            }
        }
    }
}

attribute_group! {
    static GROUP: Group<TransportAttribute> = [
        Attribute::new(c"handle", TransportAttribute::Handle),
        Attribute::new(c"caps", TransportAttribute::Capabilities),
    ];
}

/// The attributes of a registered transport.
pub(crate) static TRANSPORT: Groups = Groups::new(&GROUP);
