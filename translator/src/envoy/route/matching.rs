//! Which requests a route is for.

use isoline_envoy_api::envoy::{
    config::route::v3::{HeaderMatcher, RouteMatch, header_matcher::HeaderMatchSpecifier, route_match::PathSpecifier},
    r#type::matcher::v3::string_matcher::MatchPattern,
};

use crate::{
    envoy::matchers,
    model::{self, PathMatch, VirtualHost},
};

pub(super) fn route_match(host: &VirtualHost, matches: &model::RouteMatch) -> RouteMatch {
    let headers = matches.headers.iter().map(matchers::header);
    RouteMatch {
        path_specifier: Some(path(&matches.path)),
        headers: headers.chain(one_label(&host.fqdn)).collect(),
        query_parameters: matches.query_parameters.iter().map(matchers::query_parameter).collect(),
        ..Default::default()
    }
}

pub(super) fn prefix(path: &str) -> RouteMatch {
    RouteMatch {
        path_specifier: Some(PathSpecifier::Prefix(path.to_owned())),
        ..Default::default()
    }
}

fn path(path: &PathMatch) -> PathSpecifier {
    match path.canonical().into_owned() {
        PathMatch::Exact(path) => PathSpecifier::Path(path),
        PathMatch::Prefix(path) => PathSpecifier::Prefix(path),
        PathMatch::SegmentPrefix(path) => PathSpecifier::PathSeparatedPrefix(path),
        PathMatch::Regex(regex) => PathSpecifier::SafeRegex(matchers::regex(&format!("^{regex}"))),
    }
}

/// A wildcard host covers exactly one label, in whatever case a client writes it.
fn one_label(fqdn: &str) -> Option<HeaderMatcher> {
    let rest = fqdn.strip_prefix('*').filter(|rest| !rest.is_empty())?;
    let regex = format!(
        "(?i)^[a-z0-9]([-a-z0-9]*[a-z0-9])?{}(:[0-9]+)?",
        regex_lite::escape(rest)
    );
    let matcher = matchers::string(MatchPattern::SafeRegex(matchers::regex(&regex)), false);
    Some(HeaderMatcher {
        name: ":authority".to_owned(),
        header_match_specifier: Some(HeaderMatchSpecifier::StringMatch(matcher)),
        ..Default::default()
    })
}
