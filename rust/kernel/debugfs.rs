// SPDX-License-Identifier: GPL-2.0

//! Files in debugfs that belong to a module which may be unloaded.
//!
//! `kernel::debugfs` leaves the owner of its files empty: it may be gone by the time a file is closed
//! whose operations are then called, though it was removed long before. Here an open file keeps its
//! module.
//!
//! Nothing fails without debugfs, or without memory: there is no directory or file then.
//!
//! C header: [`include/linux/debugfs.h`](srctree/include/linux/debugfs.h)

use core::{
    marker::PhantomData,
    ptr, //
};
use iscsi_bindings as bindings;
use kernel::{
    device::Device,
    ffi::{
        c_int,
        c_void, //
    },
    fmt,
    prelude::*,
    seq_file::SeqFile,
    seq_print,
    str::CStrExt,
    sync::atomic::{
        ordering::{
            Acquire,
            Release, //
        },
        Atomic, //
    }, //
};

/// Readable by root alone.
const MODE: bindings::umode_t = 0o400;

/// The static place of a directory at the top of debugfs.
pub struct Root {
    name: &'static CStr,
    /// The directory, as long as it is there.
    dentry: Atomic<*mut bindings::dentry>,
}

impl Root {
    /// A directory that is not there yet.
    pub const fn new(name: &'static CStr) -> Self {
        Self {
            name,
            dentry: Atomic::new(ptr::null_mut()),
        }
    }

    /// Makes the directory. May sleep.
    pub fn create(&'static self) -> RootDirectory {
        // SAFETY: The name is a string; without a parent it is one at the top.
        let dentry =
            unsafe { bindings::debugfs_try_create_dir(self.name.as_char_ptr(), ptr::null_mut()) };
        self.dentry.store(dentry, Release);
        RootDirectory(self)
    }

    /// Makes a directory in this one, with the name of a device. May sleep.
    ///
    /// It goes with this one, if not before.
    pub fn subdirectory(&self, dev: &Device) -> Directory {
        let parent = self.dentry.load(Acquire);
        if parent.is_null() {
            return Directory(parent);
        }
        // CAST: `Device` is a transparent wrapper.
        let dev = ptr::from_ref(dev).cast::<bindings::device>();
        // SAFETY: The device is valid, and has a name. The parent is a directory or an error, which the
        // function passes on. INVARIANT: Nobody else knows the result.
        Directory(unsafe { bindings::debugfs_try_create_dir(bindings::dev_name(dev), parent) })
    }
}

/// A [`Root`] that is there. Dropping it removes the directory and all that is in it.
#[must_use = "the directory is removed when this is dropped"]
pub struct RootDirectory(&'static Root);

impl Drop for RootDirectory {
    fn drop(&mut self) {
        let dentry = self.0.dentry.load(Acquire);
        self.0.dentry.store(ptr::null_mut(), Release);
        // SAFETY: It is a directory, an error or null, and taken back once: here.
        unsafe { bindings::debugfs_try_remove(dentry) };
    }
}

/// A directory in debugfs. Dropping it removes it and all that is in it, and waits for those who read.
///
/// # Invariants
///
/// The pointer is null, an error, or a directory that nobody else removes.
#[must_use = "the directory is removed when this is dropped"]
pub struct Directory(*mut bindings::dentry);

// SAFETY: The directory belongs to no thread in particular.
unsafe impl Send for Directory {}

impl Directory {
    /// Makes a file in the directory, which shows `data` to root. May sleep.
    ///
    /// # Safety
    ///
    /// `data` must be valid until the directory has been dropped.
    pub unsafe fn show<T: fmt::Display + Sync>(
        &self,
        name: &CStr,
        data: *const T,
        operations: &'static FileOperations<T>,
    ) {
        if self.0.is_null() {
            return;
        }
        // SAFETY: By the type invariants it is a directory or an error, which the function passes on.
        // The operations expect such data, which is valid as long as the file is there. The file goes
        // with its directory.
        unsafe {
            bindings::debugfs_try_create_file(
                name.as_char_ptr(),
                MODE,
                self.0,
                data.cast_mut().cast(),
                operations.as_raw(),
            );
        }
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // SAFETY: By the type invariants.
        unsafe { bindings::debugfs_try_remove(self.0) };
    }
}

/// What is done with a file that shows a `T`.
///
/// # Invariants
///
/// The table is complete.
pub struct FileOperations<T>(bindings::file_operations, PhantomData<fn(&T)>);

// SAFETY: The table is only read.
unsafe impl<T> Sync for FileOperations<T> {}

impl<T: fmt::Display + Sync> FileOperations<T> {
    /// The operations of files of `module`, which an open file keeps from being unloaded.
    pub const fn new(module: &'static ThisModule) -> Self {
        // INVARIANT: Nothing else is needed to read.
        Self(
            bindings::file_operations {
                owner: module.as_ptr(),
                open: Some(Self::open),
                read: Some(bindings::seq_read),
                llseek: Some(bindings::seq_lseek),
                release: Some(bindings::single_release),
                ..pin_init::zeroed()
            },
            PhantomData,
        )
    }

    fn as_raw(&'static self) -> *const bindings::file_operations {
        &raw const self.0
    }

    /// # Safety
    ///
    /// For debugfs alone: `inode` is one of a file that [`Directory::show`] has made with these
    /// operations.
    unsafe extern "C" fn open(inode: *mut bindings::inode, file: *mut bindings::file) -> c_int {
        // SAFETY: By the requirements of this function.
        unsafe {
            let data: *mut c_void = (*inode).i_private;
            bindings::single_open(file, Some(Self::show), data)
        }
    }

    /// # Safety
    ///
    /// For `seq_read()` alone: `file` is one that [`Self::open`] has opened, which is not removed
    /// meanwhile.
    unsafe extern "C" fn show(file: *mut bindings::seq_file, _: *mut c_void) -> c_int {
        // SAFETY: By the requirements of this function; debugfs does not remove a file that is being
        // read, and so the data is valid.
        let (data, file) = unsafe { (&*(*file).private.cast::<T>(), SeqFile::from_raw(file)) };
        seq_print!(file, "{}", data);
        0
    }
}
