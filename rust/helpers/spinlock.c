// SPDX-License-Identifier: GPL-2.0

#include <linux/bottom_half.h>
#include <linux/spinlock.h>

__rust_helper void iscsi_rust_helper_spin_lock_bh(spinlock_t *lock)
{
	spin_lock_bh(lock);
}

__rust_helper void iscsi_rust_helper_spin_unlock_bh(spinlock_t *lock)
{
	spin_unlock_bh(lock);
}

__rust_helper int iscsi_rust_helper_spin_trylock_bh(spinlock_t *lock)
{
	return spin_trylock_bh(lock);
}

__rust_helper void iscsi_rust_helper_local_bh_disable(void)
{
	local_bh_disable();
}

__rust_helper void iscsi_rust_helper_local_bh_enable(void)
{
	local_bh_enable();
}
