//! What one request may do: pure functions over plain structs, called by the filter inside Envoy, by `explain` and by
//! the playground's simulator, so that all three give one answer.
//!
//! [`classify`] finds the scheme that the client used, from the [`Connection`], the [`Request`] and the operator's
//! [`LoadBalancer`] settings; [`decide`] applies a route's [`RoutePolicy`] to both, and tells a [`Trace`] why. [`rewrite_set_cookie`] does what a
//! route asks of a backend's cookies. [`handover`] holds the words in which the translator hands all of them to the
//! filter. Nothing here does I/O, reads a clock or knows Envoy; nothing here panics, since a panic would take the
//! filter's VM down.

#![deny(clippy::panic, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod access;
mod client;
mod connection;
mod cookie;
mod decision;
pub mod handover;
mod location;
mod route_policy;
mod scheme;
mod settings;
mod trace;

pub use client::{Client, ClientSource, forwarded_for, trusted_header};
pub use connection::{Connection, Header, Listener, ProxyHeader, Request};
pub use cookie::{CookieRewrite, rewrite_set_cookie};
pub use decision::{Decision, Denial, Judgement, decide};
pub use route_policy::{
    Access, Addresses, ClientIp, Forward, ForwardedFor, Insecure, InvalidRedirectStatus, RedirectStatus, RoutePolicy,
};
pub use scheme::{Scheme, believes_header, certain_scheme, classify};
pub use settings::{ExternalPorts, LoadBalancer, Mode, ProxyProtocol, Trusted};
pub use trace::{SchemeSource, Step, Trace};
