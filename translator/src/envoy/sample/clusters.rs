//! One cluster for every way of being particular.

use super::name;
use crate::extension::Extension;
use crate::model::{
    CircuitBreakers, Cluster, HealthCheck, HealthCheckKind, LoadBalancing, Protocol, SlowStart, Target, Timeout,
    UpstreamValidation, WeightedPort,
};
use crate::settings::DnsLookupFamily;
use std::time::Duration;

pub(crate) fn service(of: &str) -> Cluster {
    Cluster::plain(Target::Service {
        name: name(of),
        port: 80,
        port_name: "http".to_owned(),
        health_port_name: None,
    })
}

pub(super) fn extension(of: &str, protocol: Protocol) -> Extension {
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

pub(super) fn jwks_cluster() -> Cluster {
    Cluster::plain(Target::Dns {
        scheme: "https".to_owned(),
        host: "keys.example.com".to_owned(),
        port: 443,
        family: DnsLookupFamily::V4,
    })
}

fn health(kind: HealthCheckKind) -> HealthCheck {
    HealthCheck {
        kind,
        interval: Duration::from_secs(10),
        timeout: Duration::from_secs(2),
        unhealthy_threshold: 3,
        healthy_threshold: 2,
    }
}

fn slow_start(aggression: &str) -> SlowStart {
    SlowStart {
        window: Duration::from_secs(30),
        aggression: aggression.to_owned(),
        min_weight_percent: 10,
    }
}

/// One cluster for every way of being particular.
pub(super) fn clusters() -> Vec<Cluster> {
    let http = |expected_statuses| HealthCheckKind::Http {
        path: "/health".to_owned(),
        host: "contour-envoy-healthcheck".to_owned(),
        expected_statuses,
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
            health_check: Some(health(http(vec![(200, 300), (404, 405)]))),
            ..Cluster::plain(checked)
        },
        Cluster {
            health_check: Some(health(http(vec![(0, 50), (300, 200), (590, 9000)]))),
            ..service("odd-statuses")
        },
        Cluster {
            health_check: Some(health(HealthCheckKind::Tcp)),
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
            slow_start: Some(slow_start("1.5")),
            ..service("least")
        },
        Cluster {
            slow_start: Some(slow_start("no number")),
            ..service("slow")
        },
        Cluster {
            load_balancing: LoadBalancing::Random,
            slow_start: Some(slow_start("1.0")),
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
