//! Delta ADS: brings the latest configuration to every connected Envoy, at a cost that follows the change.
//!
//! [`Store`] holds the configuration: one writer publishes batches, every stream reads. [`Stream`] is the protocol for one
//! Envoy as a plain struct, without I/O. [`Server`] is the gRPC glue that moves messages between the two and the network.
//! Nothing here knows what a resource means beyond what it needs and where it came from.

mod metrics;
mod per_type;
mod progress;
mod server;
mod store;
mod stream;
pub mod tls;

pub use per_type::PerType;
pub use progress::{Envoy, Programmed};
pub use server::Server;
pub use store::{Snapshot, Store, Subscriber};
pub use stream::{Refusal, Stream};
pub use tls::Security;
