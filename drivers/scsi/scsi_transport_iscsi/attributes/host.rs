// SPDX-License-Identifier: GPL-2.0

//! `/sys/class/iscsi_host/hostN/`.

use iscsi_abi::{
    class::Host,
    param::HostParam, //
};
use iscsi_kernel::{
    attribute_group,
    sysfs::{
        Attribute,
        AttributeOperations,
        AttributePage,
        Mode, //
    }, //
};
use kernel::{
    ffi::c_int,
    prelude::*, //
};

/// An attribute of a host: a parameter that the driver may know.
struct HostAttribute(HostParam);

impl AttributeOperations for HostAttribute {
    type Owner = Host;

    fn mode(&self, host: &Host, _declared: Mode) -> Mode {
        host.registered().transport().attribute_mode(self.0)
    }

    fn show(&self, host: &Host, page: &AttributePage<'_>) -> Result<c_int> {
        host.show_param(self.0, page)
    }
}

const fn param(name: &'static CStr, param: HostParam) -> Attribute<HostAttribute> {
    Attribute::new(name, HostAttribute(param))
}

attribute_group! {
    /// The attributes of a host.
    pub(crate) static HOST: Group<HostAttribute> = [
        param(c"netdev", HostParam::NETDEV_NAME),
        param(c"hwaddress", HostParam::HARDWARE_ADDRESS),
        param(c"ipaddress", HostParam::IP_ADDRESS),
        param(c"initiatorname", HostParam::INITIATOR_NAME),
        param(c"port_state", HostParam::PORT_STATE),
        param(c"port_speed", HostParam::PORT_SPEED),
    ];
}
