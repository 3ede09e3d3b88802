//! Route policies behind every kind of load balancer: one generated table of cases, of which the expected outcome is
//! written down apart from the code, through the pure function and through Envoy on real sockets; what users have asked
//! for, by name; and inputs that nobody means well with.

#![allow(clippy::print_stderr)]

mod case;
mod demands;
mod expected;
mod explained;
mod front;
mod hostile;
mod memory;
mod nlb;
mod pure;
mod route;
mod scheme;
mod served;
mod telemetry;
