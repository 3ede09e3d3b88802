//! What valid objects mean, before it is said in Envoy's words.

mod cluster;
mod governor;
mod policy;
mod route_match;
mod tls;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use isoline_policy::Insecure;

pub(crate) use cluster::{
    Assignment, CircuitBreakers, Cluster, HealthCheck, HealthCheckKind, LoadBalancing, Protocol, SlowStart, Target,
    UpstreamValidation, WeightedPort,
};
pub(crate) use governor::{Governor, Scope, Share, Terms};
pub(crate) use policy::{
    Authorization, AuthorizationProtocol, ClientPolicy, Cors, CorsOrigin, DescriptorEntry, IpFilter, IpRule, Jwks,
    JwtProvider, LocalRateLimit, RateLimitDescriptor, RateLimits, RequestBody,
};
pub(crate) use route_match::{HeaderMatch, HeaderOperator, PathMatch, QueryMatch, QueryOperator, RouteMatch};
pub(crate) use tls::{ClientCertificate, ClientValidation, Profile, Secure, TcpProxy, Tls, TlsVersion, Trust};

use crate::object::{NamespacedName, ObjectRef};

/// How long something may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timeout {
    /// As long as Envoy lets it.
    #[default]
    Default,
    /// For ever.
    Disabled,
    After(Duration),
}

/// One host with all that its root includes and all that Ingresses add.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VirtualHost {
    /// Lower case; may start with `*.`; `*` is every host that nobody else has.
    pub(crate) fqdn: String,
    /// The root, where there is one, and the policies that are in force.
    pub(crate) origin: Vec<ObjectRef>,
    /// In the order in which they are tried; no two match the same requests on their way to the same listener.
    pub(crate) routes: Vec<Route>,
    pub(crate) secure: Option<Secure>,
    pub(crate) cors: Option<Cors>,
    /// In force on every route without a filter of its own, and on paths that match no route.
    pub(crate) ip_filter: Option<IpFilter>,
    /// In force on every route without a limit of its own, and on paths that match no route.
    pub(crate) local_rate_limit: Option<LocalRateLimit>,
    /// In force on every route without descriptors of its own.
    pub(crate) rate_limits: Vec<RateLimitDescriptor>,
    /// In force on routes that Ingresses add.
    pub(crate) authorization: Option<Authorization>,
    /// Those that routes may require.
    pub(crate) jwt_providers: Vec<JwtProvider>,
}

/// A kind of request and what becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Route {
    pub(crate) matches: RouteMatch,
    pub(crate) action: Action,
    pub(crate) cleartext: Cleartext,
    /// Whether it is there over TLS that ends in Envoy.
    pub(crate) over_tls: bool,
    /// Who is asked before a request passes; nobody where authorization is off.
    pub(crate) authorization: Option<Authorization>,
    /// The key of the [`JwtProvider`] whose token a request must carry.
    pub(crate) jwt: Option<String>,
    /// What a RoutePolicy says of its clients.
    pub(crate) clients: ClientPolicy,
    /// The RoutePolicy that is in force.
    pub(crate) policy: Option<NamespacedName>,
    /// The policies that are yet to be put in force, the one that counts most first; nothing once they are.
    pub(crate) governors: Vec<Arc<Governor>>,
    /// Replaces the host's.
    pub(crate) ip_filter: Option<IpFilter>,
    /// Replaces the host's.
    pub(crate) local_rate_limit: Option<LocalRateLimit>,
    pub(crate) rate_limits: RateLimits,
    /// The object that declares it.
    pub(crate) origin: ObjectRef,
    /// The field of the object, such as `spec.routes[0]`.
    pub(crate) field: String,
}

/// What becomes of a request that did not come over TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cleartext {
    /// It is served as over TLS.
    Serve,
    /// The route is not there.
    Hide,
    /// It is sent to https as the reference does: the client's host and port stay.
    Upgrade,
    /// What a route policy says.
    Policy(Insecure),
}

impl Route {
    /// Where it forwards to; nowhere if it answers by itself.
    pub(crate) fn destinations(&self) -> &[Destination] {
        match &self.action {
            Action::Forward(forward) => &forward.destinations,
            Action::Redirect(_) | Action::Respond { .. } => &[],
        }
    }

    /// Every cluster that its action, its mirror or one of its policies uses.
    pub(crate) fn clusters(&self) -> impl Iterator<Item = &Cluster> {
        let mirror = match &self.action {
            Action::Forward(forward) => forward.mirror.as_ref().map(|mirror| &mirror.cluster),
            Action::Redirect(_) | Action::Respond { .. } => None,
        };
        let forwarded = self.destinations().iter().map(|destination| &destination.cluster);
        let asked = self.authorization.as_ref().map(|authorization| &authorization.cluster);
        forwarded.chain(mirror).chain(asked)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    Forward(Box<Forward>),
    Redirect(Redirect),
    Respond { status: u32, body: String },
}

impl Action {
    /// An answer without a body.
    pub(crate) fn respond(status: u32) -> Self {
        Self::Respond {
            status,
            body: String::new(),
        }
    }
}

/// Where requests go, and what is changed on the way.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Forward {
    /// Sorted; never empty.
    pub(crate) destinations: Vec<Destination>,
    pub(crate) mirror: Option<Mirror>,
    /// What the matched prefix becomes.
    pub(crate) prefix_rewrite: Option<String>,
    pub(crate) host_rewrite: Option<HostRewrite>,
    /// Of the route, beside those of each destination.
    pub(crate) request_headers: Headers,
    pub(crate) response_headers: Headers,
    pub(crate) timeout: Timeout,
    pub(crate) idle_timeout: Timeout,
    pub(crate) retry: Option<Retry>,
    pub(crate) hash_policy: Vec<HashPolicy>,
    pub(crate) websocket: bool,
    pub(crate) internal_redirect: Option<InternalRedirect>,
}

/// A cluster and its share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Destination {
    pub(crate) cluster: Cluster,
    pub(crate) weight: u32,
    pub(crate) request_headers: Headers,
    pub(crate) response_headers: Headers,
    /// Replaces the Host, unless the route does.
    pub(crate) host_rewrite: Option<String>,
    /// Those of the route and of the service, put together.
    pub(crate) cookies: Vec<isoline_policy::CookieRewrite>,
}

impl Destination {
    /// A cluster with nothing changed on the way.
    pub(crate) fn plain(cluster: Cluster, weight: u32) -> Self {
        Self {
            cluster,
            weight,
            request_headers: Headers::default(),
            response_headers: Headers::default(),
            host_rewrite: None,
            cookies: Vec::new(),
        }
    }

    /// Whether requests go there exactly as they are.
    pub(crate) fn is_plain(&self) -> bool {
        self.request_headers.is_empty() && self.response_headers.is_empty() && self.host_rewrite.is_none()
    }
}

/// Headers that are set and removed. Values are Envoy formats: a literal `%` is doubled.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Headers {
    /// Sorted by name; each replaces what is there.
    pub(crate) set: Vec<(String, String)>,
    /// Sorted.
    pub(crate) remove: Vec<String>,
}

impl Headers {
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty()
    }
}

/// Where copies of requests go.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mirror {
    pub(crate) cluster: Cluster,
    /// Of a hundred requests; nothing means all.
    pub(crate) percent: Option<u32>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum HostRewrite {
    Literal(String),
    /// The value of a request header.
    Header(String),
    /// Text around the value of a request header, as Envoy's format.
    Format(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Retry {
    /// Envoy's words, joined by commas.
    pub(crate) on: String,
    pub(crate) count: u32,
    pub(crate) per_try_timeout: Timeout,
    pub(crate) status_codes: Vec<u32>,
}

/// What of a request decides on the endpoint, in the order in which it is asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HashPolicy {
    pub(crate) terminal: bool,
    pub(crate) source: HashSource,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum HashSource {
    /// A session cookie of Envoy's own, under the reference's name.
    SessionCookie,
    Header(String),
    QueryParameter(String),
    SourceAddress,
}

/// Redirects of a backend that Envoy follows by itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InternalRedirect {
    pub(crate) maximum: Option<u32>,
    pub(crate) status_codes: Vec<u32>,
    pub(crate) cross_scheme: CrossScheme,
    pub(crate) deny_repeated_route: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CrossScheme {
    Never,
    Always,
    /// From http to https, but not back.
    SafeOnly,
}

/// A redirect that the author of a route asks for; what is not set stays.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Redirect {
    pub(crate) scheme: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u32>,
    pub(crate) path: RedirectPath,
    /// 301, 302, 303, 307 or 308.
    pub(crate) status: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RedirectPath {
    Keep,
    /// The whole path.
    Replace(String),
    /// What the matched prefix becomes.
    ReplacePrefix(String),
}

/// A Secret's content as Envoy is served it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SecretUse {
    /// Certificate chain and key.
    KeyPair(NamespacedName),
    /// Whom a peer's certificate must come from.
    Trust(Trust),
}

impl SecretUse {
    /// The Secrets that it is made of.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &NamespacedName> {
        let parts = match self {
            Self::KeyPair(secret) => [Some(secret), None],
            Self::Trust(trust) => [trust.authority.as_ref(), trust.revocations.as_ref()],
        };
        parts.into_iter().flatten()
    }

    /// Whether it is made of one of some Secrets.
    pub(crate) fn is_made_of(&self, secrets: &BTreeSet<NamespacedName>) -> bool {
        self.secrets().any(|secret| secrets.contains(secret))
    }
}

impl VirtualHost {
    /// Without routes, TLS or policies.
    pub(crate) fn new(fqdn: String, origin: Vec<ObjectRef>) -> Self {
        Self {
            fqdn,
            origin,
            routes: Vec::new(),
            secure: None,
            cors: None,
            ip_filter: None,
            local_rate_limit: None,
            rate_limits: Vec::new(),
            authorization: None,
            jwt_providers: Vec::new(),
        }
    }

    /// Whether nobody gets in over TLS without a certificate: where any is good, Envoy takes none for one as well.
    pub(crate) fn demands_client_certificate(&self) -> bool {
        let tls = self.secure.as_ref().and_then(Secure::tls);
        let client = tls.and_then(|tls| tls.profile.client.as_ref());
        client.is_some_and(|client| client.certificate == ClientCertificate::Required && !client.accept_untrusted)
    }

    /// Every cluster that something of it uses.
    pub(crate) fn clusters(&self) -> impl Iterator<Item = &Cluster> {
        let tcp = self.secure.as_ref().and_then(Secure::tcp);
        let of_tcp = tcp.into_iter().flat_map(|tcp| &tcp.destinations);
        let of_tcp = of_tcp.map(|destination| &destination.cluster);
        let of_jwt = self.jwt_providers.iter().filter_map(JwtProvider::cluster);
        self.routes.iter().flat_map(Route::clusters).chain(of_tcp).chain(of_jwt)
    }

    /// Every Secret whose content Envoy needs for it.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = SecretUse> {
        let tls = self.secure.iter().flat_map(Secure::secrets);
        tls.chain(self.clusters().flat_map(Cluster::secrets))
    }
}
