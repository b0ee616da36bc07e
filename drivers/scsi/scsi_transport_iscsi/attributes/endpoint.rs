// SPDX-License-Identifier: GPL-2.0

//! `/sys/class/iscsi_endpoint/ep-ID/`.

use iscsi_abi::class::Endpoint;
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

/// The only attribute of an endpoint: what commands call it.
struct Handle;

impl AttributeOperations for Handle {
    type Owner = Endpoint;

    fn show(&self, endpoint: &Endpoint, page: &AttributePage<'_>) -> Result<c_int> {
        Ok(page.print(format_args!("{}\n", endpoint.id())))
    }
}

attribute_group! {
    static GROUP: Group<Handle> = [
        Attribute::new(c"handle", Handle),
    ];
}

/// The attributes of an endpoint.
pub(crate) static ENDPOINT: Groups = Groups::new(&GROUP);
