//! Redirects of a backend that Envoy follows by itself.
//!
//! Before it does, Envoy looks for the route that the new request would take, and does so by the scope header, which is
//! gone by then: backends never see it. So the cluster writes it on the response, whence Envoy copies it to the new
//! request. It is the scope of the same host, whose policies then hold again; a redirect to another host finds none and
//! goes to the client. What a backend itself writes under these names goes first.

use std::collections::BTreeMap;

use isoline_envoy_api::{
    Struct, Value,
    envoy::{
        config::route::v3::{InternalRedirectPolicy, Route, route::Action},
        extensions::{
            filters::{
                http::{
                    header_mutation::v3::{HeaderMutation, Mutations},
                    upstream_codec::v3::UpstreamCodec,
                },
                network::http_connection_manager::v3::HttpFilter,
            },
            internal_redirect::{
                previous_routes::v3::PreviousRoutesConfig, safe_cross_scheme::v3::SafeCrossSchemeConfig,
            },
        },
    },
    value,
};
use isoline_policy::handover;

use super::{entrance::Entrance, format, words};
use crate::model::{CrossScheme, InternalRedirect};

/// The namespace of route metadata with what follows.
const NAMESPACE: &str = "isoline.redirect";
/// A regular expression of the locations that are followed.
const LOCATION: &str = "location";
/// The scope that they are found in.
const SCOPE: &str = "scope";

const HEADERS: [&str; 2] = [handover::SCOPE_HEADER, handover::FORWARDED_PROTO_HEADER];

/// What the HTTP filters of a cluster are whose redirects are followed.
pub(super) fn upstream_filters() -> Vec<HttpFilter> {
    let of_route = |key: &str| format!("xds.route_metadata.filter_metadata['{NAMESPACE}']['{key}']");
    let (location, scope) = (of_route(LOCATION), of_route(SCOPE));
    let scope = format!("%CEL(response.headers['location'].matches({location}) ? {scope} : '-')%");
    let config = HeaderMutation {
        mutations: Some(Mutations {
            response_mutations: vec![
                format::remove(handover::SCOPE_HEADER),
                format::remove(handover::FORWARDED_PROTO_HEADER),
                format::overwrite(handover::SCOPE_HEADER, &scope),
                format::overwrite(handover::FORWARDED_PROTO_HEADER, "%REQ(X-FORWARDED-PROTO)%"),
            ],
            ..Default::default()
        }),
        ..Default::default()
    };
    vec![
        words::http_filter(NAMESPACE, &config),
        words::http_filter("envoy.filters.http.upstream_codec", &UpstreamCodec {}),
    ]
}

/// Makes a route follow redirects within its host.
pub(super) fn follow(route: &mut Route, redirect: &InternalRedirect, fqdn: &str, entrance: &Entrance) {
    if let Some(Action::Route(action)) = &mut route.action {
        action.internal_redirect_policy = Some(policy(redirect));
    }
    route.response_headers_to_remove.extend(HEADERS.map(str::to_owned));
    let text = |text| Value {
        kind: Some(value::Kind::StringValue(text)),
    };
    let fields = [(LOCATION, locations(fqdn)), (SCOPE, entrance.key(fqdn))];
    let fields: BTreeMap<_, _> = fields.map(|(key, value)| (key.to_owned(), text(value))).into();
    let metadata = route.metadata.get_or_insert_default();
    metadata
        .filter_metadata
        .extend([(NAMESPACE.to_owned(), Struct { fields })]);
}

/// A path, or a URL of the host.
fn locations(fqdn: &str) -> String {
    let host = match fqdn.strip_prefix('*') {
        None => regex_lite::escape(fqdn),
        Some("") => "[^/]+".to_owned(),
        Some(rest) => format!("[a-z0-9]([-a-z0-9]*[a-z0-9])?{}", regex_lite::escape(rest)),
    };
    format!("^((?i)https?://{host}(:[0-9]+)?)?(/([^/].*)?)?$")
}

fn policy(redirect: &InternalRedirect) -> InternalRedirectPolicy {
    let safe = redirect.cross_scheme == CrossScheme::SafeOnly;
    let safe = safe.then(|| {
        words::extension(
            "envoy.internal_redirect_predicates.safe_cross_scheme",
            &SafeCrossSchemeConfig {},
        )
    });
    let other_route = redirect.deny_repeated_route.then(|| {
        words::extension(
            "envoy.internal_redirect_predicates.previous_routes",
            &PreviousRoutesConfig {},
        )
    });
    InternalRedirectPolicy {
        max_internal_redirects: redirect.maximum,
        redirect_response_codes: redirect.status_codes.clone(),
        predicates: safe.into_iter().chain(other_route).collect(),
        allow_cross_scheme_redirect: redirect.cross_scheme != CrossScheme::Never,
        response_headers_to_copy: HEADERS.map(str::to_owned).into(),
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn only_locations_of_the_host_are_followed() {
        let follows = |fqdn: &str, location: &str| Regex::new(&locations(fqdn)).unwrap().is_match(location);
        for location in [
            "/",
            "/a//b?c=//d",
            "http://a.example.com",
            "https://A.example.com:8443/b",
        ] {
            assert!(follows("a.example.com", location), "{location}");
        }
        for location in [
            "//evil.example.com/",
            "http://b.example.com/",
            "http://a.example.com.evil.com/",
            "http://a.example.com@evil.com/",
            "http://axexample.com/",
            "http://a.example.com:80@evil.com/",
            "javascript:a",
        ] {
            assert!(!follows("a.example.com", location), "{location}");
        }
        assert!(follows("*.example.com", "http://b.example.com/"));
        assert!(!follows("*.example.com", "http://a.b.example.com/"));
        assert!(follows("*", "http://anybody/"));
    }
}
