// SPDX-License-Identifier: GPL-2.0

#include <linux/mm.h>
#include <linux/net.h>
#include <linux/sched/mm.h>

__rust_helper unsigned int iscsi_rust_helper_memalloc_noreclaim_save(void)
{
	return memalloc_noreclaim_save();
}

__rust_helper void iscsi_rust_helper_memalloc_noreclaim_restore(unsigned int flags)
{
	memalloc_noreclaim_restore(flags);
}

__rust_helper bool iscsi_rust_helper_sendpage_ok(struct page *page)
{
	return sendpage_ok(page);
}

__rust_helper unsigned int iscsi_rust_helper_memalloc_noio_save(void)
{
	return memalloc_noio_save();
}

__rust_helper void iscsi_rust_helper_memalloc_noio_restore(unsigned int flags)
{
	memalloc_noio_restore(flags);
}
