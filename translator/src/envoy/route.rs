//! One route of a host, as it is served on one listener.

use isoline_envoy_api::{
    Struct, Value,
    envoy::{
        config::{
            core::v3::Metadata,
            route::v3::{
                DirectResponseAction, HeaderMatcher, RedirectAction, Route, RouteAction, RouteMatch, WeightedCluster,
                header_matcher::HeaderMatchSpecifier,
                redirect_action::{RedirectResponseCode, SchemeRewriteSpecifier},
                route::Action,
                route_action::ClusterSpecifier,
                route_match::PathSpecifier,
                weighted_cluster::ClusterWeight,
            },
        },
        r#type::matcher::v3::{RegexMatcher, StringMatcher, string_matcher::MatchPattern},
    },
    value,
};
use isoline_policy::{ExternalPorts, RedirectStatus};

use super::{guard::Guard, policy_filter};
use crate::{
    model::{self, Destination, HeaderMatch, HeaderOperator, PathMatch, VirtualHost},
    object::ObjectRef,
};

pub(super) fn route(host: &VirtualHost, route: &model::Route, guard: Guard) -> Route {
    let mut message = Route {
        r#match: Some(route_match(host, &route.matches)),
        metadata: Some(origin(&route.origin)),
        action: Some(match guard {
            Guard::Open | Guard::Filter(_) => action(&route.action),
            Guard::UpgradeScheme => Action::Redirect(RedirectAction {
                scheme_rewrite_specifier: Some(SchemeRewriteSpecifier::HttpsRedirect(true)),
                ..Default::default()
            }),
            Guard::Redirect { status, ports } => redirect(&host.fqdn, status, ports),
            Guard::Deny => respond(403),
            Guard::Hide => respond(404),
        }),
        ..Default::default()
    };
    if let Guard::Filter(policy) = guard {
        message
            .metadata
            .get_or_insert_default()
            .filter_metadata
            .extend(policy_filter::metadata(policy).filter_metadata);
        message.typed_per_filter_config.extend([policy_filter::on()]);
        message.request_headers_to_add.push(policy_filter::forwarded_proto());
    }
    message
}

/// The answer to whatever no route takes.
pub(super) fn respond_to_all(status: u32) -> Route {
    Route {
        r#match: Some(prefix("/")),
        action: Some(respond(status)),
        ..Default::default()
    }
}

fn respond(status: u32) -> Action {
    Action::DirectResponse(DirectResponseAction {
        status,
        ..Default::default()
    })
}

fn redirect(host: &str, status: RedirectStatus, ports: ExternalPorts) -> Action {
    let code = match status {
        RedirectStatus::MovedPermanently => RedirectResponseCode::MovedPermanently,
        RedirectStatus::Found => RedirectResponseCode::Found,
        RedirectStatus::SeeOther => RedirectResponseCode::SeeOther,
        RedirectStatus::TemporaryRedirect => RedirectResponseCode::TemporaryRedirect,
        RedirectStatus::PermanentRedirect => RedirectResponseCode::PermanentRedirect,
    };
    Action::Redirect(RedirectAction {
        scheme_rewrite_specifier: Some(SchemeRewriteSpecifier::HttpsRedirect(true)),
        host_redirect: host.to_owned(),
        port_redirect: if ports.https == 443 { 0 } else { ports.https.into() },
        response_code: code.into(),
        ..Default::default()
    })
}

fn action(action: &model::Action) -> Action {
    let cluster = match action {
        model::Action::Respond { status, .. } => return respond(*status),
        model::Action::Redirect(_) => todo!(),
        model::Action::Forward(forward) => match forward.destinations.as_slice() {
            [Destination { cluster, .. }] => ClusterSpecifier::Cluster(cluster.name()),
            destinations => ClusterSpecifier::WeightedClusters(WeightedCluster {
                clusters: destinations.iter().map(weighted).collect(),
                ..Default::default()
            }),
        },
    };
    Action::Route(RouteAction {
        cluster_specifier: Some(cluster),
        ..Default::default()
    })
}

fn weighted(destination: &Destination) -> ClusterWeight {
    ClusterWeight {
        name: destination.cluster.name(),
        weight: Some(destination.weight),
        ..Default::default()
    }
}

/// Which object declared the route, where access logs can show it.
fn origin(object: &ObjectRef) -> Metadata {
    let text = |text: &str| Value {
        kind: Some(value::Kind::StringValue(text.to_owned())),
    };
    let fields = [
        ("io.projectcontour.kind".to_owned(), text(object.kind.as_str())),
        ("io.projectcontour.namespace".to_owned(), text(&object.name.namespace)),
        ("io.projectcontour.name".to_owned(), text(&object.name.name)),
    ];
    let log = Struct { fields: fields.into() };
    Metadata {
        filter_metadata: [("envoy.access_loggers.file".to_owned(), log)].into(),
        ..Default::default()
    }
}

fn route_match(host: &VirtualHost, matches: &model::RouteMatch) -> RouteMatch {
    let mut message = match &matches.path {
        PathMatch::Exact(path) => RouteMatch {
            path_specifier: Some(PathSpecifier::Path(path.clone())),
            ..Default::default()
        },
        PathMatch::Prefix(path) => prefix(path),
        PathMatch::SegmentPrefix(path) => RouteMatch {
            path_specifier: Some(PathSpecifier::PathSeparatedPrefix(path.clone())),
            ..Default::default()
        },
        PathMatch::Regex(_) => todo!(),
    };
    message.headers = matches.headers.iter().map(header).collect();
    message.headers.extend(one_label(&host.fqdn));
    message
}

fn prefix(path: &str) -> RouteMatch {
    RouteMatch {
        path_specifier: Some(PathSpecifier::Prefix(path.to_owned())),
        ..Default::default()
    }
}

fn header(header: &HeaderMatch) -> HeaderMatcher {
    let text = |pattern, ignore_case| {
        HeaderMatchSpecifier::StringMatch(StringMatcher {
            match_pattern: Some(pattern),
            ignore_case,
        })
    };
    let specifier = match &header.operator {
        HeaderOperator::Present => HeaderMatchSpecifier::PresentMatch(true),
        HeaderOperator::Exact(value) => text(MatchPattern::Exact(value.clone()), header.ignore_case),
        HeaderOperator::Contains(value) => text(MatchPattern::Contains(value.clone()), header.ignore_case),
        HeaderOperator::Regex(regex) => text(MatchPattern::SafeRegex(pattern(regex)), false),
    };
    HeaderMatcher {
        name: header.name.clone(),
        invert_match: header.invert,
        treat_missing_header_as_empty: header.treat_missing_as_empty,
        header_match_specifier: Some(specifier),
    }
}

/// A wildcard host covers exactly one label, in whatever case a client writes it.
fn one_label(fqdn: &str) -> Option<HeaderMatcher> {
    let rest = fqdn.strip_prefix("*.")?;
    let regex = format!("(?i)^[a-z0-9]([-a-z0-9]*[a-z0-9])?\\.{}(:[0-9]+)?", regex::escape(rest));
    let matcher = StringMatcher {
        match_pattern: Some(MatchPattern::SafeRegex(pattern(&regex))),
        ignore_case: false,
    };
    Some(HeaderMatcher {
        name: ":authority".to_owned(),
        header_match_specifier: Some(HeaderMatchSpecifier::StringMatch(matcher)),
        ..Default::default()
    })
}

fn pattern(regex: &str) -> RegexMatcher {
    RegexMatcher {
        regex: regex.to_owned(),
        ..Default::default()
    }
}
