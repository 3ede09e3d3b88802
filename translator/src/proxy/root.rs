//! What a root says for all routes under it.

use super::{auth, jwt, rate_limit::Place};

/// What holds for the routes of a host unless they say otherwise.
#[derive(Debug)]
pub(super) struct Root<'a> {
    pub(super) fqdn: &'a str,
    /// Whether there is a `tls` block: cleartext routes then redirect unless they say otherwise.
    pub(super) has_tls: bool,
    pub(super) guard: auth::Guard,
    pub(super) providers: jwt::Providers,
}

impl<'a> Root<'a> {
    pub(super) fn place<'p>(&'p self, namespace: &'p str) -> Place<'p>
    where
        'a: 'p,
    {
        Place {
            fqdn: self.fqdn,
            namespace,
        }
    }
}
