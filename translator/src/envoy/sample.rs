//! Hosts that have everything that the model can say.

use std::{collections::BTreeMap, time::Duration};

use isoline_policy::{CookieRewrite, Insecure};

use crate::{
    api::{
        httpproxy::{ClientCertificateDetails, CorsPolicy},
        shared::{AllowedHeader, IpFilterSource},
    },
    extension::{Extension, Services},
    model::{
        Action, Authorization, AuthorizationProtocol, CircuitBreakers, Cleartext, ClientCertificate, ClientValidation,
        Cluster, Cors, CorsOrigin, CrossScheme, DescriptorEntry, Destination, Forward, HashPolicy, HashSource,
        HeaderMatch, HeaderOperator, Headers, HealthCheck, HealthCheckKind, HostRewrite, InternalRedirect, IpFilter,
        IpRule, Jwks, JwtProvider, LoadBalancing, LocalRateLimit, Mirror, PathMatch, Profile, Protocol, QueryMatch,
        QueryOperator, RateLimitDescriptor, RateLimits, Redirect, RedirectPath, RequestBody, Retry, Route, RouteMatch,
        Secure, SlowStart, Target, TcpProxy, Timeout, Tls, TlsVersion, Trust, UpstreamValidation, VirtualHost,
        WeightedPort,
    },
    object::{Kind, NamespacedName},
    settings::{
        AccessLogFormat, AccessLogLevel, Compression, CustomTag, CustomTagValue, DnsLookupFamily, RateLimitService,
        Settings, Tracing,
    },
};

fn name(name: &str) -> NamespacedName {
    NamespacedName::new("ns", name)
}

pub(crate) fn service(of: &str) -> Cluster {
    Cluster::plain(Target::Service {
        name: name(of),
        port: 80,
        port_name: "http".to_owned(),
        health_port_name: None,
    })
}

pub(crate) fn extension(of: &str, protocol: Protocol) -> Extension {
    let port = |service: &str, weight| WeightedPort {
        service: name(service),
        port_name: "grpc".to_owned(),
        weight,
    };
    let target = Target::Extension {
        name: name(of),
        ports: vec![port("one", Some(3)), port("two", Some(1)), port("three", None)],
    };
    Extension {
        cluster: Cluster {
            protocol,
            ..Cluster::plain(target)
        },
        authority: format!("{of}.example.com"),
        timeout: Timeout::After(Duration::from_millis(500)),
    }
}

pub(crate) fn jwks_cluster() -> Cluster {
    Cluster::plain(Target::Dns {
        scheme: "https".to_owned(),
        host: "keys.example.com".to_owned(),
        port: 443,
        family: DnsLookupFamily::V4,
    })
}

/// One cluster for every way of being particular.
#[expect(clippy::too_many_lines, reason = "a list")]
pub(crate) fn clusters() -> Vec<Cluster> {
    let health = |kind| {
        Some(HealthCheck {
            kind,
            interval: Duration::from_secs(10),
            timeout: Duration::from_secs(2),
            unhealthy_threshold: 3,
            healthy_threshold: 2,
        })
    };
    let http = |expected_statuses| HealthCheckKind::Http {
        path: "/health".to_owned(),
        host: "contour-envoy-healthcheck".to_owned(),
        expected_statuses,
    };
    let slow_start = |aggression: &str| {
        Some(SlowStart {
            window: Duration::from_secs(30),
            aggression: aggression.to_owned(),
            min_weight_percent: 10,
        })
    };
    let validation = Some(UpstreamValidation {
        authority: name("ca"),
        subject_names: vec!["a.example.com".to_owned(), "b.example.com".to_owned()],
    });
    let external = |family: &str| {
        Cluster::plain(Target::ExternalName {
            name: name(family),
            port: 443,
            host: "localhost".to_owned(),
        })
    };
    let limits = CircuitBreakers {
        max_connections: Some(10),
        per_host_max_connections: Some(2),
        ..CircuitBreakers::default()
    };
    let checked = Target::Service {
        name: name("checked"),
        port: 80,
        port_name: "http".to_owned(),
        health_port_name: Some("health".to_owned()),
    };
    vec![
        service("plain"),
        Cluster {
            protocol: Protocol::H2c,
            health_check: health(http(vec![(200, 300), (404, 405)])),
            ..Cluster::plain(checked)
        },
        Cluster {
            health_check: health(http(vec![(0, 50), (300, 200), (590, 9000)])),
            ..service("odd-statuses")
        },
        Cluster {
            health_check: health(HealthCheckKind::Tcp),
            ..service("tcp")
        },
        Cluster {
            protocol: Protocol::H2,
            validation: validation.clone(),
            sni: "a.example.com".to_owned(),
            client_certificate: Some(name("own")),
            ..service("h2")
        },
        Cluster {
            protocol: Protocol::Tls,
            ..service("tls")
        },
        Cluster {
            load_balancing: LoadBalancing::LeastRequest,
            slow_start: slow_start("1.5"),
            ..service("least")
        },
        Cluster {
            slow_start: slow_start("no number"),
            ..service("slow")
        },
        Cluster {
            load_balancing: LoadBalancing::Random,
            slow_start: slow_start("1.0"),
            ..service("random")
        },
        Cluster {
            load_balancing: LoadBalancing::RingHash,
            ..service("ring")
        },
        Cluster {
            circuit_breakers: limits,
            ..service("limited")
        },
        Cluster {
            idle_timeout: Timeout::Disabled,
            ..service("idle")
        },
        Cluster {
            idle_timeout: Timeout::After(Duration::MAX),
            ..service("very-idle")
        },
        external("external"),
        Cluster {
            protocol: Protocol::Tls,
            validation,
            ..external("external-tls")
        },
        jwks_cluster(),
        Cluster::plain(Target::Dns {
            scheme: "http".to_owned(),
            host: "keys.example.com".to_owned(),
            port: 80,
            family: DnsLookupFamily::All,
        }),
        extension("auth", Protocol::H2c).cluster,
        extension("auth-http", Protocol::Plain).cluster,
    ]
}

pub(crate) fn route(path: &str, action: Action) -> Route {
    Route {
        matches: RouteMatch::new(PathMatch::Prefix(path.to_owned()), Vec::new(), Vec::new()),
        action,
        cleartext: Cleartext::Serve,
        over_tls: true,
        authorization: None,
        jwt: None,
        ip_filter: None,
        local_rate_limit: None,
        rate_limits: RateLimits::default(),
        origin: Kind::HttpProxy.object(&name("proxy")),
    }
}

pub(crate) fn forward(forward: Forward) -> Action {
    let mut destinations = match forward.destinations.as_slice() {
        [] => vec![Destination::plain(service("plain"), 1)],
        given => given.to_vec(),
    };
    for destination in &mut destinations {
        destination.cluster.follows_redirects = forward.internal_redirect.is_some();
    }
    Action::Forward(Box::new(Forward {
        destinations,
        ..forward
    }))
}

fn headers() -> Headers {
    let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Headers {
        set: vec![
            set("X-A", "100%%"),
            set("X-B", "%REQ(X-C)% %DOWNSTREAM_REMOTE_ADDRESS%"),
        ],
        remove: vec!["X-D".to_owned()],
    }
}

fn forwards() -> Vec<Forward> {
    let cookie = CookieRewrite {
        name: "session".to_owned(),
        path: Some("/".to_owned()),
        ..CookieRewrite::default()
    };
    let weighted = vec![
        Destination {
            request_headers: headers(),
            response_headers: headers(),
            host_rewrite: Some("inner.example.com".to_owned()),
            cookies: vec![cookie.clone()],
            ..Destination::plain(service("a"), 30)
        },
        Destination {
            cookies: vec![cookie],
            ..Destination::plain(service("b"), 0)
        },
    ];
    let sources = [
        HashSource::SessionCookie,
        HashSource::Header("X-User".to_owned()),
        HashSource::QueryParameter("user".to_owned()),
        HashSource::SourceAddress,
    ];
    let hash_policy = sources.map(|source| HashPolicy { terminal: true, source }).into();
    let redirect = |cross_scheme| {
        Some(InternalRedirect {
            maximum: Some(3),
            status_codes: vec![301, 302, 303, 307, 308],
            cross_scheme,
            deny_repeated_route: true,
        })
    };
    let mirror = |percent| {
        Some(Mirror {
            cluster: service("mirror"),
            percent,
        })
    };
    vec![
        Forward::default(),
        Forward {
            destinations: weighted,
            request_headers: headers(),
            response_headers: headers(),
            ..Forward::default()
        },
        Forward {
            mirror: mirror(None),
            prefix_rewrite: Some("/inner".to_owned()),
            ..Forward::default()
        },
        Forward {
            mirror: mirror(Some(5)),
            host_rewrite: Some(HostRewrite::Literal("a.example.com".to_owned())),
            ..Forward::default()
        },
        Forward {
            host_rewrite: Some(HostRewrite::Format("a.%REQ(X-Host)%".to_owned())),
            ..Forward::default()
        },
        Forward {
            host_rewrite: Some(HostRewrite::Header("X-Host".to_owned())),
            websocket: true,
            ..Forward::default()
        },
        Forward {
            timeout: Timeout::Disabled,
            idle_timeout: Timeout::After(Duration::from_nanos(1)),
            ..Forward::default()
        },
        Forward {
            timeout: Timeout::After(Duration::MAX),
            retry: Some(Retry {
                on: "5xx,retriable-status-codes".to_owned(),
                count: 0,
                per_try_timeout: Timeout::After(Duration::from_secs(1)),
                status_codes: vec![503],
            }),
            ..Forward::default()
        },
        Forward {
            hash_policy,
            ..Forward::default()
        },
        Forward {
            internal_redirect: redirect(CrossScheme::Never),
            ..Forward::default()
        },
        Forward {
            internal_redirect: redirect(CrossScheme::Always),
            ..Forward::default()
        },
        Forward {
            internal_redirect: redirect(CrossScheme::SafeOnly),
            ..Forward::default()
        },
    ]
}

fn redirects() -> Vec<Redirect> {
    let redirect = |path, status| Redirect {
        scheme: None,
        host: None,
        port: None,
        path,
        status,
    };
    vec![
        Redirect {
            scheme: Some("https".to_owned()),
            ..redirect(RedirectPath::Keep, 301)
        },
        Redirect {
            host: Some("other.example.com".to_owned()),
            port: Some(8443),
            ..redirect(RedirectPath::Keep, 302)
        },
        redirect(RedirectPath::Replace("/there".to_owned()), 307),
        redirect(RedirectPath::ReplacePrefix("/there".to_owned()), 308),
    ]
}

/// Every kind of match.
fn matches() -> Vec<RouteMatch> {
    let header = |operator, invert| HeaderMatch {
        name: "X-Kind".to_owned(),
        operator,
        invert,
        ignore_case: false,
        treat_missing_as_empty: invert,
    };
    let query = |operator, ignore_case| QueryMatch {
        name: "kind".to_owned(),
        operator,
        ignore_case,
    };
    let text = || "x".to_owned();
    let headers = vec![
        header(HeaderOperator::Exact(text()), true),
        header(HeaderOperator::Regex("x+".to_owned()), false),
        header(HeaderOperator::Contains(text()), false),
        header(HeaderOperator::Present, false),
    ];
    let queries = vec![
        query(QueryOperator::Exact(text()), true),
        query(QueryOperator::Regex("x+".to_owned()), false),
        query(QueryOperator::Prefix(text()), false),
        query(QueryOperator::Suffix(text()), true),
        query(QueryOperator::Contains(text()), false),
        query(QueryOperator::Present, false),
    ];
    let paths = [
        PathMatch::Exact("/exact".to_owned()),
        PathMatch::Regex("/regex/[0-9]+".to_owned()),
        PathMatch::Prefix("/prefix".to_owned()),
        PathMatch::SegmentPrefix("/segment".to_owned()),
        PathMatch::SegmentPrefix("/".to_owned()),
        PathMatch::SegmentPrefix(String::new()),
        PathMatch::SegmentPrefix("/what?#".to_owned()),
    ];
    paths
        .into_iter()
        .map(|path| RouteMatch::new(path, headers.clone(), queries.clone()))
        .collect()
}

pub(crate) fn ip_filter(allow: bool) -> IpFilter {
    let rule = |source, network: &str| IpRule {
        source,
        network: network.parse().unwrap(),
    };
    IpFilter {
        allow,
        rules: vec![
            rule(IpFilterSource::Peer, "10.1.2.3/8"),
            rule(IpFilterSource::Remote, "2001:db8::/32"),
        ],
    }
}

pub(crate) fn local_rate_limit(status: Option<u32>) -> LocalRateLimit {
    LocalRateLimit {
        stat_prefix: "vhost.example.com".to_owned(),
        max_tokens: 12,
        tokens_per_fill: 10,
        fill_interval: Duration::from_secs(1),
        status,
        response_headers: vec![("X-Limited".to_owned(), "yes".to_owned())],
    }
}

fn descriptors() -> Vec<RateLimitDescriptor> {
    let entries = vec![
        DescriptorEntry::GenericKey {
            key: String::new(),
            value: "v".to_owned(),
        },
        DescriptorEntry::GenericKey {
            key: "k".to_owned(),
            value: "v".to_owned(),
        },
        DescriptorEntry::RequestHeader {
            header: "X-User".to_owned(),
            key: "user".to_owned(),
        },
        DescriptorEntry::HeaderValueMatch {
            headers: vec![HeaderMatch {
                name: "X-User".to_owned(),
                operator: HeaderOperator::Present,
                invert: true,
                ignore_case: false,
                treat_missing_as_empty: false,
            }],
            expect_match: false,
            value: "nobody".to_owned(),
        },
        DescriptorEntry::RemoteAddress,
    ];
    vec![RateLimitDescriptor { entries }]
}

pub(crate) fn authorization(fail_open: bool) -> Authorization {
    let extension = extension("auth", Protocol::H2c);
    Authorization {
        cluster: extension.cluster,
        authority: extension.authority,
        protocol: AuthorizationProtocol::Grpc,
        timeout: extension.timeout,
        fail_open,
        body: Some(RequestBody {
            max_bytes: 1024,
            allow_partial: true,
            pack_as_bytes: true,
        }),
        context: BTreeMap::from([("tenant".to_owned(), "one".to_owned())]),
    }
}

pub(crate) fn http_authorization(headers: &[&str]) -> Authorization {
    let allowed = |exact: &&str| AllowedHeader {
        exact: (*exact).to_owned(),
        ..AllowedHeader::default()
    };
    let prefix = AllowedHeader {
        prefix: "x-".to_owned(),
        ignore_case: true,
        ..AllowedHeader::default()
    };
    let nothing = AllowedHeader::default();
    Authorization {
        cluster: extension("auth-http", Protocol::Plain).cluster,
        protocol: AuthorizationProtocol::Http {
            path_prefix: "check".to_owned(),
            allowed_request_headers: headers.iter().map(allowed).collect(),
            allowed_upstream_headers: vec![prefix, nothing],
        },
        timeout: Timeout::Default,
        body: None,
        ..authorization(false)
    }
}

pub(crate) fn jwt_providers() -> Vec<JwtProvider> {
    let provider = |name: &str, keys| JwtProvider {
        key: format!("ns/proxy/{name}"),
        issuer: "issuer.example.com".to_owned(),
        audiences: vec!["audience".to_owned()],
        forward: true,
        keys,
    };
    let remote = Jwks::Remote {
        uri: "https://keys.example.com/jwks.json".to_owned(),
        cluster: Box::new(jwks_cluster()),
        timeout: Duration::from_secs(1),
        cache_duration: Some(Duration::from_mins(1)),
    };
    vec![
        provider("remote", remote),
        provider(
            "local",
            Jwks::Inline(r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#.to_owned()),
        ),
        provider("keyless", Jwks::Inline(r#"{"keys":[]}"#.to_owned())),
    ]
}

fn policies() -> Vec<Route> {
    let answer = |path: &str| {
        route(
            path,
            Action::Respond {
                status: 200,
                body: "hello".to_owned(),
            },
        )
    };
    let limits = |ignore_host| RateLimits {
        descriptors: if ignore_host { Vec::new() } else { descriptors() },
        ignore_host,
    };
    vec![
        Route {
            jwt: Some("ns/proxy/local".to_owned()),
            ..answer("/p/jwt")
        },
        Route {
            authorization: Some(authorization(false)),
            ..answer("/p/auth")
        },
        Route {
            authorization: Some(authorization(true)),
            ..answer("/p/auth-open")
        },
        Route {
            authorization: Some(http_authorization(&[])),
            ..answer("/p/auth-http")
        },
        Route {
            authorization: Some(http_authorization(&["x-token", "cookie"])),
            ..answer("/p/auth-headers")
        },
        Route {
            ip_filter: Some(ip_filter(false)),
            ..answer("/p/ip")
        },
        Route {
            ip_filter: Some(IpFilter {
                allow: true,
                rules: Vec::new(),
            }),
            ..answer("/p/nobody")
        },
        Route {
            local_rate_limit: Some(local_rate_limit(Some(503))),
            ..answer("/p/limit")
        },
        Route {
            local_rate_limit: Some(local_rate_limit(Some(418))),
            ..answer("/p/teapot")
        },
        Route {
            rate_limits: limits(false),
            ..route("/p/global", forward(Forward::default()))
        },
        Route {
            rate_limits: limits(false),
            ..answer("/p/global-answer")
        },
        Route {
            rate_limits: limits(true),
            ..route("/p/ignore", forward(Forward::default()))
        },
        Route {
            cleartext: Cleartext::Upgrade,
            jwt: Some("ns/proxy/remote".to_owned()),
            ..answer("/p/upgrade")
        },
        Route {
            cleartext: Cleartext::Hide,
            ..answer("/p/hide")
        },
        Route {
            cleartext: Cleartext::Policy(Insecure::Deny),
            ..answer("/p/deny")
        },
    ]
}

fn profile(client: Option<ClientValidation>) -> Profile {
    Profile {
        minimum: TlsVersion::V1_2,
        maximum: TlsVersion::V1_3,
        client,
    }
}

pub(crate) fn client_validation(trust: Option<Trust>) -> ClientValidation {
    ClientValidation {
        accept_untrusted: trust.is_none(),
        trust,
        certificate: ClientCertificate::Required,
        forward: Some(ClientCertificateDetails {
            subject: true,
            ..ClientCertificateDetails::default()
        }),
    }
}

pub(crate) fn tls(client: Option<ClientValidation>) -> Tls {
    Tls {
        certificate: name("certificate"),
        profile: profile(client),
        fallback: None,
    }
}

pub(crate) fn host(fqdn: &str, secure: Option<Secure>) -> VirtualHost {
    let routes = matches().into_iter().enumerate().map(|(i, matches)| Route {
        matches,
        ..route("/", Action::respond(200 + u32::try_from(i).unwrap()))
    });
    let forwards = forwards().into_iter().enumerate();
    let forwards = forwards.map(|(i, it)| route(&format!("/f/{i}"), forward(it)));
    let redirects = redirects().into_iter().enumerate();
    let redirects = redirects.map(|(i, it)| route(&format!("/r/{i}"), Action::Redirect(it)));
    let clusters = clusters().into_iter().enumerate().map(|(i, cluster)| {
        let destinations = vec![Destination::plain(cluster, 1)];
        route(
            &format!("/c/{i}"),
            forward(Forward {
                destinations,
                ..Forward::default()
            }),
        )
    });
    let cors = Cors {
        origins: vec![
            CorsOrigin::Exact("*".to_owned()),
            CorsOrigin::Regex(r"https://.*\.example\.com".to_owned()),
        ],
        policy: CorsPolicy {
            allow_credentials: true,
            allow_methods: vec!["GET".to_owned(), "POST".to_owned()],
            allow_headers: vec!["X-A".to_owned()],
            ..CorsPolicy::default()
        },
        max_age: Some("0".to_owned()),
    };
    let routes = routes.chain(forwards).chain(redirects).chain(clusters);
    let mut routes: Vec<_> = routes.chain(policies()).collect();
    routes.sort_by(|a, b| a.matches.cmp_specificity(&b.matches));
    VirtualHost {
        routes,
        secure,
        cors: Some(cors),
        ip_filter: Some(IpFilter {
            allow: true,
            rules: vec![IpRule {
                source: IpFilterSource::Peer,
                network: "127.0.0.0/8".parse().unwrap(),
            }],
        }),
        local_rate_limit: Some(LocalRateLimit {
            max_tokens: 1_000_000,
            ..local_rate_limit(None)
        }),
        rate_limits: descriptors(),
        jwt_providers: jwt_providers(),
        ..VirtualHost::new(fqdn.to_owned(), vec![Kind::HttpProxy.object(&name("proxy"))])
    }
}

/// Every kind of host, on every kind of chain.
pub(crate) fn hosts() -> Vec<VirtualHost> {
    let trust = |revocations: Option<NamespacedName>| Trust {
        authority: Some(name("ca")),
        revocations,
        only_leaf: true,
    };
    let tcp = |tls, destinations| {
        Some(Secure::Tcp {
            tls,
            proxy: TcpProxy {
                destinations,
                ip_filter: Some(ip_filter(false)),
            },
        })
    };
    let one = vec![Destination::plain(service("plain"), 1)];
    let two = vec![Destination::plain(service("a"), 1), Destination::plain(service("b"), 2)];
    let fallback = Tls {
        fallback: Some(name("fallback")),
        ..tls(None)
    };
    let secure = |tls| Some(Secure::Routes(tls));
    vec![
        host("plain.example.com", None),
        host("*.wild.example.com", secure(tls(None))),
        host("exact.wild.example.com", secure(tls(None))),
        host(
            "mutual.example.com",
            secure(tls(Some(client_validation(Some(trust(None)))))),
        ),
        host(
            "revoked.example.com",
            secure(tls(Some(client_validation(Some(trust(Some(name("crl")))))))),
        ),
        host("any.example.com", secure(tls(Some(client_validation(None))))),
        host("fallback.example.com", secure(fallback)),
        VirtualHost {
            routes: Vec::new(),
            ..host("tcp.example.com", tcp(Some(tls(None)), one))
        },
        VirtualHost {
            routes: Vec::new(),
            ..host("through.example.com", tcp(None, two))
        },
    ]
}

/// Settings of an operator who set everything.
pub(crate) fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.listeners.tls_offload.enabled = true;
    settings.http.compression = Some(Compression::Brotli);
    settings.http.max_concurrent_streams = Some(100);
    settings.http.max_requests_per_connection = Some(1000);
    settings.timeouts.request = Timeout::Disabled;
    settings.timeouts.stream_idle = Timeout::After(Duration::from_secs(30));
    settings.timeouts.max_connection_duration = Timeout::After(Duration::from_hours(1));
    settings.timeouts.delayed_close = Timeout::After(Duration::from_secs(1));
    settings.timeouts.connection_shutdown_grace_period = Timeout::After(Duration::from_secs(5));
    settings.connections.exact_balance = true;
    settings.connections.buffer_limit_bytes = Some(65536);
    settings.connections.max_to_accept_per_socket_event = Some(1);
    settings.connections.tos = 8;
    settings.connections.traffic_class = 8;
    settings.cluster.max_requests_per_connection = Some(100);
    settings.cluster.buffer_limit_bytes = Some(65536);
    settings.cluster.circuit_breakers.max_requests = 50;
    settings.tls.parameters.ecdh_curves = vec!["X25519".to_owned(), "P-256".to_owned()];
    settings.tls.ja3 = true;
    settings.tls.ja4 = true;
    settings.access_log.level = AccessLogLevel::Error;
    settings.access_log.format = AccessLogFormat::Json(BTreeMap::from([
        ("path".to_owned(), "%REQ_WITHOUT_QUERY(:PATH)%".to_owned()),
        (
            "name".to_owned(),
            "%METADATA(ROUTE:envoy.access_loggers.file:io.projectcontour.name)%".to_owned(),
        ),
    ]));
    settings.rate_limit_service = Some(RateLimitService {
        extension_service: name("limits"),
        domain: "isoline".to_owned(),
        fail_open: false,
        enable_x_rate_limit_headers: true,
        enable_resource_exhausted_code: true,
        default_global_rate_limit_policy: None,
    });
    settings.tracing = Some(Tracing {
        extension_service: name("traces"),
        service_name: "isoline".to_owned(),
        overall_sampling: 100.0,
        client_sampling: 50.0,
        random_sampling: 0.1,
        max_path_tag_length: 256,
        include_pod_detail: true,
        custom_tags: vec![
            CustomTag {
                name: "literal".to_owned(),
                value: CustomTagValue::Literal("x".to_owned()),
            },
            CustomTag {
                name: "header".to_owned(),
                value: CustomTagValue::RequestHeader("X-User".to_owned()),
            },
        ],
    });
    settings
}

pub(crate) fn services() -> Services {
    Services {
        rate_limit: Some(extension("limits", Protocol::H2c)),
        tracing: Some(extension("traces", Protocol::H2)),
        unmet: Vec::new(),
    }
}
