//! `routes` of an IngressRoute to `includes` and `routes` of an HTTPProxy.

mod include;
mod policies;

use serde_json::{Map, Value, json};

use super::{
    api::{IngressRouteSpec, Route},
    note::Notes,
    prefixes::{Prefixes, rest},
    services,
};
use crate::object::NamespacedName;

use include::Includes;

/// What HTTPProxy balances requests by, besides its default, without more settings.
const STRATEGIES: [&str; 3] = ["WeightedLeastRequest", "Random", "Cookie"];

/// What the routes of one object became.
pub(super) struct Routes {
    pub(super) includes: Vec<Value>,
    pub(super) routes: Vec<Value>,
}

pub(super) fn convert(
    name: &NamespacedName,
    spec: &IngressRouteSpec,
    prefixes: &Prefixes,
    notes: &mut Notes,
) -> Routes {
    let prefix = prefixes.own(name);
    let mut includes = Includes::new(name, prefixes);
    let mut routes = Vec::new();
    for (index, route) in spec.routes.iter().enumerate() {
        let field = format!("spec.routes[{index}]");
        let Some(path) = rest(&route.path, prefix) else {
            notes.add(
                format!("{field}.match"),
                outside(&route.path, prefix),
                "the route is left out",
            );
            continue;
        };
        match (&route.delegate, route.services.as_slice()) {
            (Some(delegate), []) => includes.add(delegate, route, &field, notes),
            (None, [_, ..]) => routes.push(served(route, path, spec, &field, notes)),
            (Some(_), _) => {
                let reason = "an IngressRoute with services and a delegate in one route was not served";
                notes.add(field, reason, "the route is left out: choose one of them");
            }
            (None, []) => {
                let reason = "a route without services was passed over, and an HTTPProxy with one is refused";
                notes.add(field, reason, "the route is left out");
            }
        }
    }
    Routes {
        includes: includes.list,
        routes,
    }
}

fn outside(path: &str, prefix: &str) -> String {
    if prefix.is_empty() {
        format!("{path} does not start with a slash, so it matched nothing")
    } else {
        format!("{path} is not below {prefix}, which is what this object is delegated")
    }
}

/// A route that leads to services; `path` is the rest of its match.
fn served(route: &Route, path: &str, spec: &IngressRouteSpec, field: &str, notes: &mut Notes) -> Value {
    let mut out = Map::new();
    if !path.is_empty() {
        out.insert("conditions".to_owned(), json!([{"prefix": path}]));
    }
    out.insert("services".to_owned(), services::services(&route.services));
    for (key, is_on) in [
        ("enableWebsockets", route.enable_websockets),
        ("permitInsecure", route.permit_insecure),
    ] {
        if is_on {
            out.insert(key.to_owned(), true.into());
        }
    }
    let policies = [
        ("timeoutPolicy", policies::timeout(route, field, notes)),
        ("retryPolicy", policies::retry(route, field, notes)),
        (
            "healthCheckPolicy",
            services::health_check_policy(&route.services, spec, field, notes),
        ),
        (
            "loadBalancerPolicy",
            services::load_balancer_policy(&route.services, spec, &STRATEGIES, field, notes),
        ),
        (
            "pathRewritePolicy",
            policies::rewrite(route, &spec.routes, field, notes),
        ),
    ];
    for (key, policy) in policies {
        if let Some(policy) = policy {
            out.insert(key.to_owned(), policy);
        }
    }
    out.into()
}
