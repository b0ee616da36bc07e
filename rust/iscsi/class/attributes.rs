// SPDX-License-Identifier: GPL-2.0

//! What attributes in sysfs need: the objects behind the files, and what drivers say of them.
//!
//! Files of transport classes belong to a class device, which is a child of the real device.

use super::{
    Connection,
    Endpoint,
    EndpointGuard,
    FlashConnection,
    FlashSession,
    Host,
    Iface,
    Registered,
    Session,
    Transport, //
};
use crate::{
    error::count_or_error,
    param::{
        FlashnodeParam,
        HostParam,
        IfaceParam,
        NetParam,
        Param, //
    }, //
};
use iscsi_bindings as bindings;
use iscsi_kernel::{
    compat::code::ENOSYS,
    sysfs::{
        AttributeOwner,
        AttributePage,
        Mode, //
    }, //
};
use kernel::{
    ffi::c_int,
    prelude::*, //
};

macro_rules! attribute_owners {
    ($($type:ty),*) => {$(
        impl AttributeOwner for $type {
            unsafe fn from_device<'a>(dev: *mut bindings::device) -> &'a Self {
                // SAFETY: By the requirements of this function.
                unsafe { <$type>::from_device(dev) }
            }
        }
    )*};
}

attribute_owners!(Registered, Endpoint, Iface, FlashSession, FlashConnection);

macro_rules! attribute_owners_by_class {
    ($($type:ty),*) => {$(
        impl AttributeOwner for $type {
            unsafe fn from_device<'a>(dev: *mut bindings::device) -> &'a Self {
                // SAFETY: By the requirements of this function `dev` is a class device, whose parent is
                // the device of the owner. It has a reference to its parent until it is released, and
                // that is after it was removed.
                unsafe { <$type>::from_device((*dev).parent) }
            }
        }
    )*};
}

attribute_owners_by_class!(Host, Session, Connection);

/// A parameter of a kind that drivers can show as an attribute.
pub trait AttributeParam: Copy {
    /// The kind, as drivers are told.
    const KIND: bindings::iscsi_param_type;

    /// The number in that kind.
    fn number(self) -> c_int;
}

macro_rules! attribute_params {
    ($($type:ty: $kind:ident,)*) => {$(
        impl AttributeParam for $type {
            const KIND: bindings::iscsi_param_type = bindings::$kind;

            #[inline]
            fn number(self) -> c_int {
                self.as_raw() as c_int
            }
        }
    )*};
}

attribute_params! {
    Param: iscsi_param_type_ISCSI_PARAM,
    HostParam: iscsi_param_type_ISCSI_HOST_PARAM,
    NetParam: iscsi_param_type_ISCSI_NET_PARAM,
    IfaceParam: iscsi_param_type_ISCSI_IFACE_PARAM,
    FlashnodeParam: iscsi_param_type_ISCSI_FLASHNODE_PARAM,
}

impl Transport {
    /// Who may do what with the attribute for a parameter.
    pub fn attribute_mode<P: AttributeParam>(&self, param: P) -> Mode {
        let Some(is_visible) = self.table().attr_is_visible else {
            return Mode::HIDDEN;
        };
        // SAFETY: A function of the table, which takes any pair of numbers.
        Mode::from_raw(unsafe { is_visible(P::KIND as c_int, param.number()) })
    }
}

impl Host {
    /// Prints a parameter. Returns the number of characters.
    ///
    /// # Errors
    ///
    /// What the driver says, `ENOSYS` if it has none.
    pub fn show_param(&self, param: HostParam, page: &AttributePage<'_>) -> Result<c_int> {
        let table = self.registered().transport().table();
        let show = table.get_host_param.ok_or(ENOSYS)?;
        // SAFETY: A function of the host's transport; host and page are valid by their types.
        count_or_error(unsafe { show(self.as_raw(), param.as_raw(), page.as_raw()) })
    }
}

impl Session {
    /// Prints a parameter. Returns the number of characters.
    ///
    /// # Errors
    ///
    /// What the driver says, `ENOSYS` if it has none.
    pub fn show_param(&self, param: Param, page: &AttributePage<'_>) -> Result<c_int> {
        let show = self.transport().table().get_session_param.ok_or(ENOSYS)?;
        // SAFETY: A function of the session's transport; session and page are valid by their types.
        count_or_error(unsafe { show(self.as_raw(), param.as_raw(), page.as_raw()) })
    }
}

impl Connection {
    /// Prints a parameter. Returns the number of characters.
    ///
    /// # Errors
    ///
    /// What the driver says, `ENOSYS` if it has none.
    pub fn show_param(&self, param: Param, page: &AttributePage<'_>) -> Result<c_int> {
        let show = self.transport().table().get_conn_param.ok_or(ENOSYS)?;
        // SAFETY: A function of the connection's transport; connection and page are valid by their
        // types.
        count_or_error(unsafe { show(self.as_raw(), param.as_raw(), page.as_raw()) })
    }
}

impl EndpointGuard<'_> {
    /// Prints a parameter of the endpoint that the connection is bound to, if it is. Returns the
    /// number of characters.
    ///
    /// # Errors
    ///
    /// What the driver says, `ENOSYS` if it has none.
    pub fn show_param(&self, param: Param, page: &AttributePage<'_>) -> Option<Result<c_int>> {
        let endpoint = self.endpoint()?.as_raw();
        let Some(show) = self.connection().transport().table().get_ep_param else {
            return Some(Err(ENOSYS));
        };
        // SAFETY: A function of the connection's transport, which is that of the endpoint: its
        // driver has taken the endpoint when they were bound. The two cannot part as long as the
        // guard lives. The page is valid by its type.
        Some(count_or_error(unsafe {
            show(endpoint, param.as_raw(), page.as_raw())
        }))
    }
}

impl Iface {
    /// Prints a parameter. Returns the number of characters.
    ///
    /// # Errors
    ///
    /// What the driver says, `ENOSYS` if it has none.
    pub fn show_param<P: AttributeParam>(
        &self,
        param: P,
        page: &AttributePage<'_>,
    ) -> Result<c_int> {
        let show = self.transport().table().get_iface_param.ok_or(ENOSYS)?;
        // SAFETY: A function of the interface's transport; interface and page are valid by their
        // types.
        count_or_error(unsafe { show(self.as_raw(), P::KIND, param.number(), page.as_raw()) })
    }
}
