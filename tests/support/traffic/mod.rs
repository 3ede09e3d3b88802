//! Traffic cases: a controller with a real Envoy and backends in a network of their own, and what a client and the
//! backends saw of each request.

mod backend;
pub mod case;
pub mod certificates;
pub mod compare;
pub mod connection;
pub mod echo;
pub mod http1;
mod http2;
pub mod play;
pub mod request;
pub mod result;
#[cfg(test)]
mod tests;
