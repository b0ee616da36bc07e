// SPDX-License-Identifier: GPL-2.0

#include <linux/debugfs.h>

/*
 * With debugfs configured two of these are functions that kernel::bindings has, without it they are
 * inlines that do nothing. So they have names of their own.
 */

__rust_helper struct dentry *iscsi_rust_helper_debugfs_try_create_dir(const char *name,
									     struct dentry *parent)
{
	return debugfs_create_dir(name, parent);
}

__rust_helper struct dentry *
iscsi_rust_helper_debugfs_try_create_file(const char *name, umode_t mode, struct dentry *parent,
					  void *data, const struct file_operations *fops)
{
	return debugfs_create_file(name, mode, parent, data, fops);
}

__rust_helper void iscsi_rust_helper_debugfs_try_remove(struct dentry *dentry)
{
	debugfs_remove(dentry);
}
