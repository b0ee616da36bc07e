// SPDX-License-Identifier: GPL-2.0

//! Attributes of devices: tables of files in sysfs.
//!
//! C headers: [`include/linux/sysfs.h`](srctree/include/linux/sysfs.h),
//! [`include/linux/device.h`](srctree/include/linux/device.h)
//!
//! A file is one row of a table: its name, and a value of a type that implements
//! [`AttributeOperations`], which says for all rows how they are read and written and who sees them.
//! [`attribute_group!`](crate::attribute_group) makes a [`Group`] of the rows.
//!
//! ```ignore
//! enum Counter {
//!     Sent,
//!     Received,
//! }
//!
//! impl AttributeOperations for Counter {
//!     type Owner = Link;
//!
//!     fn show(&self, link: &Link, page: &AttributePage<'_>) -> Result<c_int> {
//!         let count = match self {
//!             Self::Sent => link.sent(),
//!             Self::Received => link.received(),
//!         };
//!         Ok(page.print(format_args!("{count}\n")))
//!     }
//! }
//!
//! attribute_group! {
//!     /// The attributes of a link.
//!     pub(crate) static LINK: Group<Counter> = [
//!         Attribute::new(c"sent", Counter::Sent),
//!         Attribute::new(c"received", Counter::Received),
//!     ];
//! }
//! ```

use core::{
    fmt,
    marker::PhantomData,
    ptr,
    slice, //
};
use iscsi_bindings as bindings;
use kernel::{
    ffi::{
        c_char,
        c_int, //
    },
    page::PAGE_SIZE,
    prelude::*,
    str::{
        as_char_ptr_in_const_context,
        CStrExt, //
    }, //
};

/// The permissions of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode(bindings::umode_t);

impl Mode {
    /// There is no file.
    pub const HIDDEN: Self = Self(0);
    /// Everybody may read it.
    pub const READ_ONLY: Self = Self(0o444);
    /// Everybody may read it, its owner may write it.
    pub const WRITABLE: Self = Self(0o644);

    /// From what C has for it.
    #[inline]
    pub const fn from_raw(mode: bindings::umode_t) -> Self {
        Self(mode)
    }

    /// What C has for it.
    #[inline]
    pub const fn as_raw(self) -> bindings::umode_t {
        self.0
    }
}

/// What attributes describe.
pub trait AttributeOwner {
    /// Borrows the owner by the device that has the files: its own, or one that stands for it.
    ///
    /// # Safety
    ///
    /// `dev` must be a device of the kind that attributes of this owner are for, and not be removed
    /// for `'a`.
    unsafe fn from_device<'a>(dev: *mut bindings::device) -> &'a Self;
}

/// The rows of a table of attributes.
///
/// The driver core waits for these functions when it removes the device that has the files.
pub trait AttributeOperations: Sized + Sync + 'static {
    /// What the attributes describe.
    type Owner: AttributeOwner;

    /// Who may do what with the file, which was `declared` with some permissions.
    fn mode(&self, owner: &Self::Owner, declared: Mode) -> Mode {
        let _ = owner;
        declared
    }

    /// Prints the value. Returns the number of characters.
    ///
    /// # Errors
    ///
    /// Any: the reader of the file gets the number.
    fn show(&self, owner: &Self::Owner, page: &AttributePage<'_>) -> Result<c_int>;

    /// Sets the value to what was written to the file.
    ///
    /// # Errors
    ///
    /// Any: the writer of the file gets the number.
    fn store(&self, owner: &Self::Owner, text: &[u8]) -> Result {
        let _ = (owner, text);
        Err(EIO)
    }
}

/// A file, and what it is about.
///
/// # Invariants
///
/// The functions of `raw` are those of an `Attribute<O>`.
#[repr(C)]
pub struct Attribute<O> {
    /// First, so that what C passes back leads here.
    raw: bindings::device_attribute,
    operations: O,
}

// SAFETY: Nobody changes the C part, and the rest may be shared.
unsafe impl<O: Sync> Sync for Attribute<O> {}

impl<O: AttributeOperations> Attribute<O> {
    /// A file that everybody may read.
    pub const fn new(name: &'static CStr, operations: O) -> Self {
        let mut raw: bindings::device_attribute = pin_init::zeroed();
        raw.attr.name = as_char_ptr_in_const_context(name);
        raw.attr.mode = Mode::READ_ONLY.as_raw();
        raw.__bindgen_anon_1.show_const = Some(Self::show);
        // INVARIANT: Set just now.
        Self { raw, operations }
    }

    /// A file that everybody may read, and its owner may write.
    pub const fn writable(name: &'static CStr, operations: O) -> Self {
        let mut attribute = Self::new(name, operations);
        attribute.raw.attr.mode = Mode::WRITABLE.as_raw();
        attribute.raw.__bindgen_anon_2.store_const = Some(Self::store);
        attribute
    }

    /// # Safety
    ///
    /// For C alone: `attr` is the C part of an `Attribute<O>`, which is a file of `dev`, `page` is a
    /// page for its value, and `dev` is not removed before this returns.
    unsafe extern "C" fn show(
        dev: *mut bindings::device,
        attr: *const bindings::device_attribute,
        page: *mut c_char,
    ) -> isize {
        // SAFETY: By the requirements of this function. Whoever gave the device the file has made
        // sure that the device is of the kind that the attributes are for, as `Group` requires.
        let (attribute, owner, page) = unsafe {
            (
                &*attr.cast::<Self>(),
                O::Owner::from_device(dev),
                AttributePage::from_raw(page),
            )
        };
        match attribute.operations.show(owner, &page) {
            Ok(len) => len as isize,
            Err(error) => error.to_errno() as isize,
        }
    }

    /// # Safety
    ///
    /// As for [`Attribute::show`], and `len` bytes can be read from `text` on.
    unsafe extern "C" fn store(
        dev: *mut bindings::device,
        attr: *const bindings::device_attribute,
        text: *const c_char,
        len: usize,
    ) -> isize {
        // SAFETY: By the requirements of this function, as in `Attribute::show`.
        let (attribute, owner, text) = unsafe {
            (
                &*attr.cast::<Self>(),
                O::Owner::from_device(dev),
                slice::from_raw_parts(text.cast(), len),
            )
        };
        match attribute.operations.store(owner, text) {
            // What is written is a page at most.
            Ok(()) => len as isize,
            Err(error) => error.to_errno() as isize,
        }
    }

    /// # Safety
    ///
    /// For C alone: `attr` is the first part of an `Attribute<O>` of a group that is being given to
    /// the device whose `kobj` this is, and which is not removed before this returns.
    unsafe extern "C" fn is_visible(
        kobj: *mut bindings::kobject,
        attr: *const bindings::attribute,
        _index: c_int,
    ) -> bindings::umode_t {
        let offset = core::mem::offset_of!(bindings::device, kobj);
        // SAFETY: By the requirements of this function. Whoever gives the device the group has made
        // sure that the device is of the kind that the attributes are for, as `Group` requires.
        let (attribute, owner) = unsafe {
            (
                &*attr.cast::<Self>(),
                O::Owner::from_device(kobj.byte_sub(offset).cast()),
            )
        };
        let declared = Mode::from_raw(attribute.raw.attr.mode);
        attribute.operations.mode(owner, declared).as_raw()
    }
}

/// The attributes of a table as C wants them listed. [`attribute_group!`](crate::attribute_group)
/// makes it.
///
/// # Invariants
///
/// Each pointer is to an `Attribute<O>`, and `end` is null.
#[repr(C)]
pub struct AttributeList<O, const LEN: usize> {
    attributes: [*const bindings::attribute; LEN],
    end: *const bindings::attribute,
    _rows: PhantomData<Attribute<O>>,
}

// SAFETY: Nobody changes what the pointers are to, which may be shared.
unsafe impl<O: Sync, const LEN: usize> Sync for AttributeList<O, LEN> {}

impl<O: 'static, const LEN: usize> AttributeList<O, LEN> {
    /// Lists the rows of a table, in their order.
    pub const fn new(rows: &'static [Attribute<O>; LEN]) -> Self {
        let mut attributes = [ptr::null(); LEN];
        let mut rows: &'static [Attribute<O>] = rows;
        let mut places: &mut [*const bindings::attribute] = &mut attributes;
        while let ([row, other_rows @ ..], [place, other_places @ ..]) = (rows, places) {
            *place = ptr::from_ref(row).cast();
            rows = other_rows;
            places = other_places;
        }
        // INVARIANT: There are as many rows as places, and each has been set.
        Self {
            attributes,
            end: ptr::null(),
            _rows: PhantomData,
        }
    }
}

/// The attributes of a kind of device.
///
/// Whoever gives a device the group, directly or by a class, must make sure that the device is one
/// that [`AttributeOwner::from_device`] of their owner takes.
#[repr(transparent)]
pub struct Group(bindings::attribute_group);

// SAFETY: Nobody changes the table, or what it points to.
unsafe impl Sync for Group {}

impl Group {
    /// The group of all attributes of a list.
    pub const fn new<O: AttributeOperations, const LEN: usize>(
        list: &'static AttributeList<O, LEN>,
    ) -> Self {
        let mut raw: bindings::attribute_group = pin_init::zeroed();
        raw.__bindgen_anon_1.is_visible_const = Some(Attribute::<O>::is_visible);
        // The list has a null at its end.
        raw.__bindgen_anon_2.attrs_const = ptr::from_ref(list).cast();
        Self(raw)
    }

    /// The C representation.
    #[inline]
    pub const fn as_raw(&'static self) -> *const bindings::attribute_group {
        &raw const self.0
    }
}

/// The groups of a class: one.
///
/// # Invariants
///
/// The last pointer is null.
pub struct Groups([*const bindings::attribute_group; 2]);

// SAFETY: Nobody changes what the pointers are to, which may be shared.
unsafe impl Sync for Groups {}

impl Groups {
    /// A class whose devices have the attributes of a group.
    pub const fn new(group: &'static Group) -> Self {
        // INVARIANT: See there.
        Self([group.as_raw(), ptr::null()])
    }

    /// The C representation.
    #[inline]
    pub const fn as_raw(&'static self) -> *const *const bindings::attribute_group {
        self.0.as_ptr()
    }
}

/// Makes a static [`Group`] of a table of [`Attribute`]s, one row each. See the
/// [module](crate::sysfs) for an example.
#[macro_export]
macro_rules! attribute_group {
    (
        $(#[$meta:meta])*
        $visibility:vis static $name:ident: Group<$operations:ty> = [$($row:expr),* $(,)?];
    ) => {
        $(#[$meta])*
        $visibility static $name: $crate::sysfs::Group = {
            const LEN: usize = <[&str]>::len(&[$(::core::stringify!($row)),*]);
            static ROWS: [$crate::sysfs::Attribute<$operations>; LEN] = [$($row),*];
            static LIST: $crate::sysfs::AttributeList<$operations, LEN> =
                $crate::sysfs::AttributeList::new(&ROWS);
            $crate::sysfs::Group::new(&LIST)
        };
    };
}

/// The page that an attribute is printed into.
///
/// # Invariants
///
/// The pointer is a page that sysfs passed to a `show` function, valid and writable for `'a`.
pub struct AttributePage<'a>(*mut c_char, PhantomData<&'a mut c_char>);

impl AttributePage<'_> {
    /// Borrows the page of a `show` function.
    ///
    /// # Safety
    ///
    /// `page` must be the page sysfs passed, writable for the lifetime of the result.
    #[inline]
    pub unsafe fn from_raw(page: *mut c_char) -> Self {
        // INVARIANT: By the requirements of this function.
        Self(page, PhantomData)
    }

    /// The C representation.
    #[inline]
    pub fn as_raw(&self) -> *mut c_char {
        self.0
    }

    /// Prints a message, as much of it as there is room for. Returns the number of characters.
    pub fn print(&self, message: fmt::Arguments<'_>) -> c_int {
        // SAFETY: The page is writable by the type invariants, and `%pA` takes a pointer to
        // arguments.
        unsafe { bindings::sysfs_emit(self.0, c"%pA".as_char_ptr(), &raw const message) }
    }

    /// Prints a text and a newline, as much of it as there is room for. Returns the number of
    /// characters.
    pub fn print_line(&self, text: &[u8]) -> c_int {
        let len = text.len().min(PAGE_SIZE);
        // SAFETY: The page is writable by the type invariants, and `%.*s` takes an `int` and a
        // pointer to no more bytes than that.
        unsafe {
            bindings::sysfs_emit(self.0, c"%.*s\n".as_char_ptr(), len as c_int, text.as_ptr())
        }
    }
}
