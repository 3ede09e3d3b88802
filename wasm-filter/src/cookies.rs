//! Rewrites the cookies of a response as its route asks.
//!
//! Where the route's words cannot be read, the response goes on without its cookies: none may reach the client with the
//! attributes that the route forbids, and the backend has done its work by now, so that a 503 would invite doing it again.

use std::cell::RefCell;

use isoline_policy::handover::{COOKIES_KEY, COOKIES_NAMESPACE, CookieRewrites};
use isoline_policy::rewrite_set_cookie;

use crate::cache::Cache;
use crate::host::Host;

/// Why a response's cookies could not be rewritten.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("the route's rewriting of cookies has no text")]
    NoText,
    #[error("the route's rewriting of cookies cannot be read: {0}")]
    Text(#[from] serde_json::Error),
    #[error("the cluster that set cookies is not known")]
    NoCluster,
}

/// The rewriting of cookies seen so far.
#[derive(Default)]
pub(crate) struct CookieRewriter {
    rewrites: RefCell<Cache<CookieRewrites>>,
}

impl CookieRewriter {
    /// Rewrites the cookies of the response that `host` is at.
    pub(crate) fn rewrite(&self, host: &impl Host) {
        let cookies = host.cookies();
        if cookies.is_empty() {
            return;
        }
        match self.rewritten(cookies, host) {
            Ok(None) => {}
            Ok(Some(cookies)) => host.set_cookies(&cookies),
            Err(reason) => {
                host.warn(&reason.to_string());
                host.set_cookies(&[]);
            }
        }
    }

    /// The cookies as the route wants them, if it wants any rewritten.
    fn rewritten(&self, mut cookies: Vec<Vec<u8>>, host: &impl Host) -> Result<Option<Vec<Vec<u8>>>, Unreadable> {
        let metadata = [
            "xds",
            "route_metadata",
            "filter_metadata",
            COOKIES_NAMESPACE,
            COOKIES_KEY,
        ];
        let [namespace @ .., _] = &metadata;
        let Some(text) = host.property(&metadata) else {
            return match host.property(namespace) {
                Some(_) => Err(Unreadable::NoText),
                None => Ok(None),
            };
        };
        let rewrites = self.rewrites.borrow_mut().decode(&text)?;
        let cluster = host.property(&["xds", "cluster_name"]).ok_or(Unreadable::NoCluster)?;
        let rules = str::from_utf8(&cluster).ok().and_then(|name| rewrites.0.get(name));
        let Some(rules) = rules else { return Ok(None) };
        let mut changed = false;
        for cookie in &mut cookies {
            if let Some(rewritten) = rewrite_set_cookie(cookie, rules) {
                *cookie = rewritten;
                changed = true;
            }
        }
        Ok(changed.then_some(cookies))
    }
}

#[cfg(test)]
mod tests;
