// SPDX-License-Identifier: GPL-2.0

//! The checks, by name.

mod binding;
mod early;
mod endpoint;
mod options;
mod params;
mod recovery;
mod replies;
mod send;
mod session;
mod stall;
mod stats;
mod stress;
mod torn;
mod urgent;

use crate::error::Result;
use crate::scene::Scene;

/// A check.
pub(crate) struct Check {
    /// What it is called by.
    pub(crate) name: &'static str,
    /// What must be true.
    pub(crate) claim: &'static str,
    /// Fails when it is not.
    pub(crate) run: fn(&mut Scene) -> Result,
}

/// All of them.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        name: "bind-twice",
        claim: "a bound connection is not bound again, and works on",
        run: binding::twice,
    },
    Check {
        name: "bind-shared",
        claim: "a socket carries one connection only",
        run: binding::shared,
    },
    Check {
        name: "bind-not-tcp",
        claim: "sockets that are not TCP are refused",
        run: binding::not_tcp,
    },
    Check {
        name: "bind-listening",
        claim: "a socket that takes connections is refused",
        run: binding::listening,
    },
    Check {
        name: "bind-no-socket",
        claim: "descriptors that are no sockets are refused",
        run: binding::no_socket,
    },
    Check {
        name: "bind-again",
        claim: "a stopped connection is bound to another socket",
        run: binding::again,
    },
    Check {
        name: "early-error",
        claim: "garbage that came before the binding is noticed at once",
        run: early::error,
    },
    Check {
        name: "early-pdu",
        claim: "a PDU that came before the binding is delivered at once",
        run: early::pdu,
    },
    Check {
        name: "endpoint-taken",
        claim:
            "the endpoint of a connection is bound to no other (of TRANSPORT, logged in over it)",
        run: endpoint::taken,
    },
    Check {
        name: "endpoint-foreign",
        claim:
            "a transport gets no endpoint of another (TRANSPORT, while one is logged in over that)",
        run: endpoint::foreign,
    },
    Check {
        name: "options-bound",
        claim: "a bound socket has the options of storage",
        run: options::bound,
    },
    Check {
        name: "options-restored",
        claim: "a stopped connection's socket has its options back",
        run: options::restored,
    },
    Check {
        name: "options-reset",
        claim: "closing a stopped connection's socket drops what was not sent",
        run: options::reset,
    },
    Check {
        name: "param-unbound",
        claim: "parameters need a bound connection",
        run: params::unbound,
    },
    Check {
        name: "param-bursts",
        claim: "a connection is not started with FirstBurstLength beyond MaxBurstLength",
        run: params::bursts,
    },
    Check {
        name: "param-max-r2t",
        claim: "MaxOutstandingR2T is 1 to 65535",
        run: params::max_r2t,
    },
    Check {
        name: "param-max-r2t-memory",
        claim: "what there is no memory for is refused, and the session goes on with what it has",
        run: params::max_r2t_memory,
    },
    Check {
        name: "param-max-r2t-in-use",
        claim: "MaxOutstandingR2T stays while commands may be executed",
        run: params::max_r2t_in_use,
    },
    Check {
        name: "param-digests",
        claim: "a digest is on or off",
        run: params::digests,
    },
    Check {
        name: "param-ranges",
        claim: "numbers out of their ranges are refused",
        run: params::ranges,
    },
    Check {
        name: "param-text",
        claim: "texts are as long as names can be, and not longer",
        run: params::text,
    },
    Check {
        name: "param-unknown",
        claim: "unknown parameters are not implemented",
        run: params::unknown,
    },
    Check {
        name: "recovery-refusals",
        claim: "after the kernel has cleaned up a connection is stopped before it is used again",
        run: recovery::refused_until_stopped,
    },
    Check {
        name: "recovery-stop",
        claim: "a connection that breaks while it is stopped can be bound again",
        run: recovery::meets_stop,
    },
    Check {
        name: "recovery-start",
        claim: "a session takes commands when START is answered",
        run: recovery::unblocked_by_start,
    },
    Check {
        name: "recovery-unstopped",
        claim: "a connection that is destroyed without being stopped gives its commands back",
        run: recovery::destroyed_unstopped,
    },
    Check {
        name: "recovery-suspend",
        claim: "STOP_CONN for a reason that there is none of stops nothing",
        run: recovery::not_suspended,
    },
    Check {
        name: "reply-handle",
        claim: "transports are named by numbers, not by addresses",
        run: replies::handle,
    },
    Check {
        name: "reply-disguised",
        claim: "a command has its reply, whatever its event says of itself",
        run: replies::disguised,
    },
    Check {
        name: "reply-unheard",
        claim: "statistics that nobody listens for are refused",
        run: replies::unheard,
    },
    Check {
        name: "send-contradiction",
        claim: "a PDU whose lengths contradict each other is not sent",
        run: send::contradiction,
    },
    Check {
        name: "send-next",
        claim: "a Login Request follows the answer to the one before at once",
        run: send::next,
    },
    Check {
        name: "session-endpoint",
        claim: "a session needs no endpoint that does not exist",
        run: session::bogus_endpoint,
    },
    Check {
        name: "session-commands",
        claim: "a session needs commands",
        run: session::too_few_commands,
    },
    Check {
        name: "session-events",
        claim: "a session is announced when it comes, is unbound and goes",
        run: session::events,
    },
    Check {
        name: "session-unbind-once",
        claim: "a session is unbound once, however often that is asked for",
        run: session::unbound_once,
    },
    Check {
        name: "session-destroy-later",
        claim: "a session that a worker destroys is found no more",
        run: session::destroyed_later,
    },
    Check {
        name: "stall-stop",
        claim: "STOP_CONN of a transport that waits ends well",
        run: stall::stop,
    },
    Check {
        name: "stall-destroy",
        claim: "DESTROY_SESSION of a transport that waits ends well",
        run: stall::destroy,
    },
    Check {
        name: "stall-free",
        claim: "commands of another session of that transport do not wait",
        run: stall::free,
    },
    Check {
        name: "stats-exact",
        claim: "statistics have their names and count every byte",
        run: stats::exact,
    },
    Check {
        name: "stress-stop",
        claim: "connections end in the middle of a transfer, again and again",
        run: stress::stop,
    },
    Check {
        name: "torn-pdu",
        claim: "a PDU that is dropped half sent ends the connection",
        run: torn::pdu,
    },
    Check {
        name: "urgent-data",
        claim: "urgent data ends the connection",
        run: urgent::data,
    },
];
