//! Where Envoy's metrics and health are.

use super::{super::*, accepted, read};

/// The sockets of Envoy's own listeners.
fn own(settings: &Settings) -> Vec<String> {
    let sockets = settings.listeners.admin_sockets();
    sockets
        .map(|(name, address, port)| format!("{name} {address}:{port}"))
        .collect()
}

#[test]
fn none_is_there_unless_it_is_asked_for() {
    for text in [
        "",
        "network: {admin-port: 9002}",
        "metrics: {envoy: {}}",
        "metrics: {contour: {port: 1}}",
    ] {
        assert_eq!(own(&read(text, Flags::default()).0), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn one_is_for_metrics_and_health_where_they_are_in_one_place_in_clear() {
    let cases: [(&str, &[&str]); 6] = [
        ("health: {envoy: {port: 8002}}", &["health 0.0.0.0:8002"]),
        ("metrics: {envoy: {address: 127.0.0.2}}", &["metrics 127.0.0.2:8002"]),
        (
            "metrics: {envoy: {port: 81}}\nhealth: {envoy: {port: 81}}",
            &["metrics 0.0.0.0:81"],
        ),
        (
            "metrics: {envoy: {port: 81}}\nhealth: {envoy: {port: 82}}",
            &["metrics 0.0.0.0:81", "health 0.0.0.0:82"],
        ),
        (
            "metrics: {envoy: {address: 127.0.0.2}}\nhealth: {envoy: {address: 127.0.0.3}}",
            &["metrics 127.0.0.2:8002", "health 127.0.0.3:8002"],
        ),
        (
            "listeners: {address: 127.0.0.4}\nomEnforcedHealthListener: {port: 83}",
            &["omEnforcedHealth 127.0.0.4:83"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(own(&accepted(text)), expected, "{text}");
    }
}

#[test]
fn flags_count_where_the_file_says_nothing() {
    let flags = Flags {
        stats_address: Some("127.0.0.2".to_owned()),
        stats_port: Some(81),
        ..Flags::default()
    };
    let of = |text: &str| own(&read(text, flags.clone()).0);
    assert_eq!(of(""), ["metrics 127.0.0.2:81"]);
    assert_eq!(
        of("metrics: {envoy: {port: 82}}"),
        ["metrics 127.0.0.2:82", "health 127.0.0.2:81"]
    );
}

#[test]
fn a_cluster_has_all_of_them() {
    let of = |text: &str| read(text, Flags::default()).0.with_envoy_listeners();
    let sockets = |text: &str| own(&of(text).expect(text));
    assert_eq!(sockets(""), ["metrics 0.0.0.0:8002", "admin 127.0.0.1:9001"]);
    assert_eq!(
        sockets("metrics: {envoy: {port: 81}}\nnetwork: {admin-port: 0}"),
        ["metrics 0.0.0.0:81", "health 0.0.0.0:8002"]
    );
    for (text, expected) in [
        (
            "listeners: {http: {port: 8002}}",
            "metrics.envoy.port: http has port 8002 of 0.0.0.0, too",
        ),
        (
            "metrics: {envoy: {server-certificate-path: a, server-key-path: b}}",
            "health.envoy.port: cannot use single port for health over HTTP and metrics over HTTPS: metrics has port 8002",
        ),
        (
            "network: {admin-port: 8080}",
            "network.admin-port: http has port 8080 of 0.0.0.0, too",
        ),
    ] {
        let refusal = of(text).expect_err(text).to_string();
        assert!(refusal.starts_with(expected), "{refusal}");
    }
}
