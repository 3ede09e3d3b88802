//! Kubernetes objects in, Envoy resources and statuses out.
//!
//! [`Translator::apply`] takes a batch of changes and returns what differs from before; nothing deeper is public to its
//! callers. It reads no clock, no file, no environment and no random number, and the order of its output depends on
//! nothing but its input.

mod object;
mod resource;

pub use object::{Kind, NamespacedName, ObjectRef};
pub use resource::{Resource, ResourceChange, ResourceKey, ResourceType};
