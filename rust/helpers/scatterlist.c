// SPDX-License-Identifier: GPL-2.0

#include <linux/highmem.h>
#include <linux/scatterlist.h>

__rust_helper struct page *iscsi_rust_helper_sg_page(struct scatterlist *sg)
{
	return sg_page(sg);
}

__rust_helper void *iscsi_rust_helper_kmap(struct page *page)
{
	return kmap(page);
}

__rust_helper void iscsi_rust_helper_kunmap(struct page *page)
{
	kunmap(page);
}
