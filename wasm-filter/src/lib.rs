//! The proxy-wasm filter that enforces route policies inside Envoy.
//!
//! `enforcer` gathers the facts of a request through the `Host` trait, lets
//! `isoline-policy` decide and acts on the decision; `cookies` does the same for the cookies of a response. Both run
//! natively in tests. `root` and `http` are the contexts that Envoy calls. Whatever goes wrong, the request is answered
//! with 503 and never passed on, and the response loses its cookies.

#![deny(clippy::panic, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod cache;
mod cookies;
mod enforcer;
mod host;
mod http;
mod root;

#[allow(missing_docs)]
mod entry {
    proxy_wasm::main! {{
        proxy_wasm::set_root_context(|_| Box::new(crate::root::Root::new()));
    }}
}
