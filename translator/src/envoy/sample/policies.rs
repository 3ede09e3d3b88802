//! Every kind of policy.

use super::clusters::{extension, jwks_cluster};
use super::routes::{forward, route};
use crate::api::shared::{AllowedHeader, IpFilterSource};
use crate::model::{
    Action, Authorization, AuthorizationProtocol, Cleartext, ClientPolicy, DescriptorEntry, Forward, HeaderMatch,
    HeaderOperator, IpFilter, IpRule, Jwks, JwtProvider, LocalRateLimit, Protocol, RateLimitDescriptor, RateLimits,
    RequestBody, Route, Timeout,
};
use isoline_policy::{Access, Addresses, ClientIp, ForwardedFor, Insecure};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn ip_filter(allow: bool) -> IpFilter {
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

pub(super) fn local_rate_limit(status: Option<u32>) -> LocalRateLimit {
    LocalRateLimit {
        stat_prefix: "vhost.example.com".to_owned(),
        max_tokens: 12,
        tokens_per_fill: 10,
        fill_interval: Duration::from_secs(1),
        status,
        response_headers: vec![("X-Limited".to_owned(), "yes".to_owned())],
    }
}

pub(super) fn descriptors() -> Vec<RateLimitDescriptor> {
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

fn authorization(fail_open: bool) -> Authorization {
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

fn http_authorization(headers: &[&str]) -> Authorization {
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

pub(super) fn jwt_providers() -> Vec<JwtProvider> {
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

fn clients(client_ip: ClientIp, x_forwarded_for: ForwardedFor) -> ClientPolicy {
    let network = |text: &str| vec![Addresses::Client(text.parse().unwrap())];
    ClientPolicy {
        client_ip: Some(client_ip),
        forward: Some(isoline_policy::Forward {
            x_forwarded_for,
            x_real_ip: true,
        }),
        access: Some(Access {
            deny: network("10.0.0.0/8"),
            allow: network("127.0.0.0/8"),
        }),
        strict_transport_security: Some("max-age=1".to_owned()),
    }
}

pub(super) fn policies() -> Vec<Route> {
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
        Route {
            clients: clients(ClientIp::Auto, ForwardedFor::Append),
            ..route("/p/auto", forward(Forward::default()))
        },
        Route {
            clients: clients(ClientIp::Peer, ForwardedFor::Replace),
            ..route("/p/peer", forward(Forward::default()))
        },
        Route {
            clients: clients(
                ClientIp::Header {
                    name: "x-client-ip".to_owned(),
                    trusted_cidrs: vec!["127.0.0.0/8".parse().unwrap()],
                },
                ForwardedFor::Remove,
            ),
            ..route("/p/header", forward(Forward::default()))
        },
    ]
}
