// SPDX-License-Identifier: GPL-2.0

#include <linux/file.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <trace/events/sock.h>

__rust_helper bool iscsi_rust_helper_sk_is_tcp(const struct sock *sk)
{
	return sk_is_tcp(sk);
}

__rust_helper void iscsi_rust_helper_sockfd_put(struct socket *sock)
{
	sockfd_put(sock);
}

__rust_helper bool iscsi_rust_helper_sk_stream_memory_free(const struct sock *sk)
{
	return sk_stream_memory_free(sk);
}

__rust_helper bool iscsi_rust_helper_tcp_has_urgent_data(const struct sock *sk)
{
	return READ_ONCE(tcp_sk(sk)->urg_data) != 0;
}

__rust_helper void iscsi_rust_helper_wake_up_sk_sleep(struct sock *sk)
{
	wake_up_interruptible(sk_sleep(sk));
}

__rust_helper void iscsi_rust_helper_read_lock_bh(rwlock_t *lock)
{
	read_lock_bh(lock);
}

__rust_helper void iscsi_rust_helper_read_unlock_bh(rwlock_t *lock)
{
	read_unlock_bh(lock);
}

__rust_helper void iscsi_rust_helper_write_lock_bh(rwlock_t *lock)
{
	write_lock_bh(lock);
}

__rust_helper void iscsi_rust_helper_write_unlock_bh(rwlock_t *lock)
{
	write_unlock_bh(lock);
}

__rust_helper void iscsi_rust_helper_trace_sk_data_ready(const struct sock *sk)
{
	trace_sk_data_ready(sk);
}
