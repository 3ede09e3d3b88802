//! `cookieRewritePolicies` of routes and services.

use std::collections::BTreeMap;

use isoline_policy::CookieRewrite;

use super::problem::Problem;
use crate::api::httpproxy::CookieRewritePolicy;

/// Rewrites by the name of the cookie.
pub(super) type Cookies = BTreeMap<String, CookieRewrite>;

/// Reads the rules of a route or of a service, as `place` says.
pub(super) fn read(rules: &[CookieRewritePolicy], place: &str) -> Result<Cookies, Problem> {
    let mut cookies = Cookies::new();
    for rule in rules {
        let invalid = |problem: &str| {
            let message = format!("{problem} for cookie \"{}\" on {place} cookie rewrite rules", rule.name);
            Problem::route("CookieRewritePoliciesInvalid", message)
        };
        let rewrite = CookieRewrite {
            name: rule.name.clone(),
            path: rule.path_rewrite.as_ref().map(|path| path.value.clone()),
            domain: rule.domain_rewrite.as_ref().map(|domain| domain.value.clone()),
            secure: rule.secure,
            same_site: rule.same_site.clone(),
        };
        let nothing = CookieRewrite {
            name: rule.name.clone(),
            ..CookieRewrite::default()
        };
        if cookies.contains_key(&rule.name) {
            return Err(invalid("duplicate cookie rewrite rule"));
        }
        if rewrite == nothing {
            return Err(invalid("no attributes rewritten"));
        }
        cookies.insert(rule.name.clone(), rewrite);
    }
    Ok(cookies)
}

/// Those of a service over those of its route, attribute by attribute.
pub(super) fn merge(route: &Cookies, service: Cookies) -> Vec<CookieRewrite> {
    let mut merged = service;
    for (name, of_route) in route {
        let cookie = merged.entry(name.clone()).or_insert_with(|| CookieRewrite {
            name: name.clone(),
            ..CookieRewrite::default()
        });
        cookie.path = cookie.path.take().or_else(|| of_route.path.clone());
        cookie.domain = cookie.domain.take().or_else(|| of_route.domain.clone());
        cookie.secure = cookie.secure.or(of_route.secure);
        cookie.same_site = cookie.same_site.take().or_else(|| of_route.same_site.clone());
    }
    merged.into_values().collect()
}
