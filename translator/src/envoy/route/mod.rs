//! One route of a host, as it is served at one entrance.

mod forward;
mod headers;
mod matching;
mod redirect;

use isoline_envoy_api::{
    Struct, Value,
    envoy::config::{
        core::v3::{DataSource, Metadata, data_source},
        route::v3::{DirectResponseAction, Route, route::Action},
    },
    value,
};

use super::{
    entrance::Entrance,
    guard::Guard,
    internal_redirect,
    policy::{self, Clients, filter},
};
use crate::{
    model::{self, VirtualHost},
    object::ObjectRef,
    settings::Settings,
};

pub(super) fn route(
    host: &VirtualHost,
    route: &model::Route,
    guard: Guard,
    entrance: &Entrance,
    settings: &Settings,
) -> Route {
    let load_balancer = &settings.load_balancer;
    let clients = Clients::of(host, route, guard, entrance.listener(), load_balancer);
    let mut metadata = policy::metadata(route, &clients, guard);
    metadata.filter_metadata.extend([origin(&route.origin)]);
    let mut message = Route {
        r#match: Some(matching::route_match(host, &route.matches)),
        typed_per_filter_config: policy::of_route(route, &clients, guard, settings),
        action: Some(match guard {
            Guard::Open | Guard::Filter(_) => action(route),
            Guard::UpgradeScheme => redirect::upgrade(),
            Guard::Redirect { status, ports } => redirect::to_https(&host.fqdn, status, ports),
            Guard::Deny => respond(403, ""),
            Guard::Hide => respond(404, ""),
        }),
        ..Default::default()
    };
    if filter::has_work(&metadata) {
        message.typed_per_filter_config.extend(filter::on());
    }
    message.metadata = Some(metadata);
    clients.tell(&mut message, route, load_balancer);
    if let model::Action::Forward(forward) = &route.action
        && guard.lets_pass()
    {
        headers::set(&mut message, forward);
        if let Some(redirect) = &forward.internal_redirect {
            internal_redirect::follow(&mut message, redirect, &host.fqdn, entrance);
        }
    }
    message
}

/// The answer to whatever no route of a host takes.
pub(super) fn not_found(host: &VirtualHost, settings: &Settings) -> Route {
    let mut message = respond_to_all(404);
    if let Some(policy) = policy::of_unknown_paths(host, &settings.load_balancer) {
        let (namespace, policy) = filter::metadata(&policy);
        let mut metadata = Metadata::default();
        metadata.filter_metadata.insert(namespace, policy);
        message.metadata = Some(metadata);
        message.typed_per_filter_config.extend(filter::on());
    }
    message
}

/// One answer to everything.
pub(super) fn respond_to_all(status: u32) -> Route {
    Route {
        r#match: Some(matching::prefix("/")),
        action: Some(respond(status, "")),
        ..Default::default()
    }
}

fn respond(status: u32, body: &str) -> Action {
    let body = (!body.is_empty()).then(|| DataSource {
        specifier: Some(data_source::Specifier::InlineString(body.to_owned())),
        ..Default::default()
    });
    Action::DirectResponse(DirectResponseAction {
        status,
        body,
        ..Default::default()
    })
}

fn action(route: &model::Route) -> Action {
    match &route.action {
        model::Action::Respond { status, body } => respond(*status, body),
        model::Action::Redirect(redirect) => redirect::redirect(redirect),
        model::Action::Forward(forward) => Action::Route(forward::forward(forward, &route.rate_limits.descriptors)),
    }
}

/// Which object declared the route, where access logs can show it.
fn origin(object: &ObjectRef) -> (String, Struct) {
    let text = |text: &str| Value {
        kind: Some(value::Kind::StringValue(text.to_owned())),
    };
    let fields = [
        ("io.projectcontour.kind".to_owned(), text(object.kind.as_str())),
        ("io.projectcontour.namespace".to_owned(), text(&object.name.namespace)),
        ("io.projectcontour.name".to_owned(), text(&object.name.name)),
    ];
    let log = Struct { fields: fields.into() };
    ("envoy.access_loggers.file".to_owned(), log)
}
