//! Hosts that have everything that the model can say.

mod clusters;
mod policies;
mod routes;
mod settings;

use crate::api::httpproxy::{ClientCertificateDetails, CorsPolicy};
use crate::api::shared::IpFilterSource;
use crate::model::{
    Action, ClientCertificate, ClientValidation, Cors, CorsOrigin, Destination, Forward, IpFilter, IpRule,
    LocalRateLimit, Profile, Route, Secure, TcpProxy, Tls, TlsVersion, Trust, VirtualHost,
};
use crate::object::{Kind, NamespacedName};
use clusters::clusters;
pub(crate) use clusters::service;
use policies::{descriptors, ip_filter, jwt_providers, local_rate_limit, policies};
use routes::{forward, forwards, matches, redirects, route};
pub(crate) use settings::services;
pub(crate) use settings::settings;

fn name(name: &str) -> NamespacedName {
    NamespacedName::new("ns", name)
}

fn profile(client: Option<ClientValidation>) -> Profile {
    Profile {
        minimum: TlsVersion::V1_2,
        maximum: TlsVersion::V1_3,
        client,
    }
}

fn client_validation(trust: Option<Trust>) -> ClientValidation {
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
