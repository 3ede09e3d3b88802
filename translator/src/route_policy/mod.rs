//! RoutePolicies: what they say, where they apply, and the routes that they govern.
//!
//! A policy that cannot be read governs all the same, and lets nobody in: to leave it out would open what its author
//! wants closed.

mod govern;
mod read;
mod standing;
mod status;
#[cfg(test)]
mod tests;

pub(crate) use govern::govern;
pub(crate) use read::read;
pub(crate) use standing::{Standing, governors, standing};
pub(crate) use status::status;
