//! Services that are asked whether a request may pass.
//!
//! Envoy lets a route say which service is asked and what it is told, but not whether requests pass when it cannot be
//! asked, nor which headers it is sent. So there is one filter for each combination of these that some route uses, all
//! of them in one chain, and the metadata of a route says which of them runs. The chain is a resource of its own: a new
//! combination touches no listener.

use std::collections::{BTreeMap, BTreeSet};

use isoline_envoy_api::{
    Any, Struct, Value, any,
    cel::expr::expr::ExprKind,
    envoy::{
        config::{
            core::v3::{ApiVersion, GrpcService, HttpUri, TypedExtensionConfig, http_uri::HttpUpstreamType},
            rbac::v3::{Permission, Policy, Principal, Rbac as Rules, permission::Rule, principal::Identifier, rbac},
        },
        extensions::filters::{
            http::{
                ext_authz::v3::{
                    AuthorizationResponse, BufferSettings, CheckSettings, ExtAuthz, ExtAuthzPerRoute, HttpService,
                    check_settings::ServiceOverride, ext_authz::Services, ext_authz_per_route::Override,
                },
                filter_chain::v3::{FilterChain, FilterChainConfig},
                rbac::v3::Rbac,
            },
            network::http_connection_manager::v3::HttpFilter,
        },
        r#type::{matcher::v3::ListStringMatcher, v3::StatusCode},
    },
    value,
};
use isoline_policy::handover;

use crate::{
    api::shared::AllowedHeader,
    envoy::{cel, matchers, words},
    model::{Authorization, AuthorizationProtocol, Timeout},
    resource::{Resource, ResourceKey, ResourceType, short_id},
};

/// The name of the filter, and of the resource that carries it.
pub(crate) const NAME: &str = "envoy.filters.http.ext_authz";

/// The namespace of route metadata that says which filter of the chain runs, under [`KEY`].
pub(crate) const NAMESPACE: &str = "isoline.authorization";
pub(crate) const KEY: &str = "filter";

/// What only a filter can say, and no route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AuthorizationFilter {
    fail_open: bool,
    /// Those of the client's headers that an HTTP service is sent; a gRPC service is sent all.
    headers: Option<BTreeSet<AllowedHeader>>,
}

impl AuthorizationFilter {
    /// The one that a route needs.
    pub(crate) fn of(authorization: &Authorization) -> Self {
        let headers = match &authorization.protocol {
            AuthorizationProtocol::Grpc => None,
            AuthorizationProtocol::Http {
                allowed_request_headers,
                ..
            } => Some(allowed_request_headers.iter().cloned().collect()),
        };
        Self {
            fail_open: authorization.fail_open,
            headers,
        }
    }

    fn id(&self) -> String {
        short_id(format!("{self:?}").as_bytes())
    }

    fn name(&self) -> String {
        format!("{NAMESPACE}/{}", self.id())
    }

    /// It runs where a route's metadata says so.
    fn message(&self) -> TypedExtensionConfig {
        let services = if self.headers.is_some() {
            Services::HttpService(HttpService {
                server_uri: Some(uri(words::NOBODY, Timeout::Default)),
                ..Default::default()
            })
        } else {
            Services::GrpcService(words::grpc_service(words::NOBODY, "", Timeout::Default))
        };
        let config = ExtAuthz {
            services: Some(services),
            transport_api_version: ApiVersion::V3.into(),
            failure_mode_allow: self.fail_open,
            // Never `clear_route_cache`: Envoy would select a route anew by the headers that the service sets, and
            // nobody would ask what that one's policies say.
            clear_route_cache: false,
            status_on_error: words::http_status(StatusCode::Forbidden as u32),
            include_peer_certificate: true,
            allowed_headers: self.headers.as_ref().and_then(matchers::header_names),
            disallowed_headers: Some(internal_headers()),
            ..Default::default()
        };
        let other = cel::call("_!=_", [chosen(), cel::text(&self.id())]);
        let condition = cel::call("_||_", [cel::call("!_", [asked()]), other]);
        cel::skip_if(condition, words::extension(self.name(), &config))
    }
}

pub(super) fn http_filter() -> HttpFilter {
    super::discovered::<FilterChainConfig>(NAME)
}

/// The chain of all filters that routes need. It is there without any too, since every listener waits for it.
pub(crate) fn extension<'a>(filters: impl Iterator<Item = &'a AuthorizationFilter>) -> (ResourceKey, Resource) {
    let filters: Vec<_> = filters.collect();
    let messages = filters.iter().map(|filter| filter.message());
    let chain = FilterChainConfig {
        default_filter_chain: Some(FilterChain {
            filters: messages.chain([refuse_unless_known(&filters)]).collect(),
        }),
    };
    let key = ResourceKey {
        kind: ResourceType::Extension,
        name: NAME.to_owned(),
    };
    (key, Resource::new(&words::extension(NAME, &chain)))
}

/// Refuses what a route wants judged by a filter that is not here: its scope may come before this chain does.
fn refuse_unless_known(filters: &[&AuthorizationFilter]) -> TypedExtensionConfig {
    let everybody = Policy {
        permissions: vec![Permission {
            rule: Some(Rule::Any(true)),
        }],
        principals: vec![Principal {
            identifier: Some(Identifier::Any(true)),
        }],
        ..Default::default()
    };
    let config = Rbac {
        rules: Some(Rules {
            action: rbac::Action::Deny.into(),
            policies: BTreeMap::from([("unknown".to_owned(), everybody)]),
            ..Default::default()
        }),
        ..Default::default()
    };
    let known = cel::list(filters.iter().map(|filter| cel::text(&filter.id())));
    let known = cel::call("@in", [chosen(), known]);
    let condition = cel::call("_||_", [cel::call("!_", [asked()]), known]);
    cel::skip_if(condition, words::extension(format!("{NAMESPACE}/unknown"), &config))
}

/// `xds.route_metadata.filter_metadata`
fn route_metadata() -> ExprKind {
    cel::field(cel::field(cel::name("xds"), "route_metadata"), "filter_metadata")
}

/// Whether the route wants its requests judged.
fn asked() -> ExprKind {
    cel::call("@in", [cel::text(NAMESPACE), route_metadata()])
}

/// By which filter.
fn chosen() -> ExprKind {
    let namespace = cel::call("_[_]", [route_metadata(), cel::text(NAMESPACE)]);
    cel::call("_[_]", [namespace, cel::text(KEY)])
}

fn internal_headers() -> ListStringMatcher {
    let names = [handover::SCOPE_HEADER, handover::FORWARDED_PROTO_HEADER];
    ListStringMatcher {
        patterns: names.map(matchers::exact).into(),
    }
}

/// A route whose requests are judged.
pub(super) fn on(authorization: &Authorization) -> [(String, Any); 2] {
    let service = match &authorization.protocol {
        AuthorizationProtocol::Grpc => ServiceOverride::GrpcService(grpc(authorization)),
        AuthorizationProtocol::Http {
            path_prefix,
            allowed_upstream_headers,
            ..
        } => ServiceOverride::HttpService(HttpService {
            server_uri: Some(uri(&authorization.cluster.name(), authorization.timeout)),
            path_prefix: absolute(path_prefix),
            authorization_response: Some(AuthorizationResponse {
                allowed_upstream_headers: matchers::header_names(allowed_upstream_headers),
                ..Default::default()
            }),
            ..Default::default()
        }),
    };
    let settings = CheckSettings {
        context_extensions: authorization.context.clone(),
        with_request_body: authorization.body.map(|body| BufferSettings {
            max_request_bytes: body.max_bytes.max(1),
            allow_partial_message: body.allow_partial,
            pack_as_bytes: body.pack_as_bytes,
        }),
        service_override: Some(service),
        ..Default::default()
    };
    let config = ExtAuthzPerRoute {
        r#override: Some(Override::CheckSettings(settings)),
    };
    let name = AuthorizationFilter::of(authorization).name();
    [words::on(NAME), words::on_with(&name, any(&config))]
}

pub(super) fn metadata(authorization: &Authorization) -> (String, Struct) {
    let id = Value {
        kind: Some(value::Kind::StringValue(AuthorizationFilter::of(authorization).id())),
    };
    let fields = BTreeMap::from([(KEY.to_owned(), id)]);
    (NAMESPACE.to_owned(), Struct { fields })
}

fn grpc(authorization: &Authorization) -> GrpcService {
    let cluster = authorization.cluster.name();
    words::grpc_service(&cluster, &authorization.authority, authorization.timeout)
}

/// The host of the URI is not used; without a timeout the answer is waited for.
fn uri(cluster: &str, timeout: Timeout) -> HttpUri {
    HttpUri {
        uri: "http://dummy/".to_owned(),
        timeout: Some(words::timeout(timeout).unwrap_or_default()),
        http_upstream_type: Some(HttpUpstreamType::Cluster(cluster.to_owned())),
    }
}

fn absolute(prefix: &str) -> String {
    if prefix.is_empty() || prefix.starts_with('/') {
        prefix.to_owned()
    } else {
        format!("/{prefix}")
    }
}
