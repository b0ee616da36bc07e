// SPDX-License-Identifier: GPL-2.0

#include <linux/dev_printk.h>

/* "%pA" formats Rust arguments, as in the kernel crate's own printing. */
__rust_helper void iscsi_rust_helper_dev_err_ratelimited(const struct device *dev, const void *args)
{
	dev_err_ratelimited(dev, "%pA", args);
}
