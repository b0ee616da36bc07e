// SPDX-License-Identifier: GPL-2.0

#include <linux/skbuff.h>
#include <net/netlink.h>

__rust_helper struct sk_buff *iscsi_rust_helper_alloc_skb(unsigned int size, gfp_t flags)
{
	return alloc_skb(size, flags);
}

/* The port of the socket that a message came from. */
__rust_helper u32 iscsi_rust_helper_netlink_skb_portid(struct sk_buff *skb)
{
	return NETLINK_CB(skb).portid;
}

__rust_helper int iscsi_rust_helper_nlmsg_multicast(struct sock *sk, struct sk_buff *skb, u32 portid,
						    unsigned int group, gfp_t flags)
{
	return nlmsg_multicast(sk, skb, portid, group, flags);
}

__rust_helper int iscsi_rust_helper_nlmsg_unicast(struct sock *sk, struct sk_buff *skb, u32 portid)
{
	return nlmsg_unicast(sk, skb, portid);
}
