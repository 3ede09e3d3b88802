//! What flags say.

use isoline_policy::ProxyProtocol;

use super::{super::*, read, refusal, words};

#[test]
fn flags_win_over_the_file() {
    let flags = Flags {
        ingress_class_name: words(&["blue", "", "green"]),
        root_namespaces: words(&["a"]),
        watch_namespaces: words(&["a", "b"]),
        use_proxy_protocol: true,
        accesslog_format: Some("envoy".to_owned()),
        envoy_service_http_address: Some("127.0.0.2".to_owned()),
        envoy_service_http_port: Some(81),
        envoy_service_https_address: Some("127.0.0.3".to_owned()),
        envoy_service_https_port: Some(444),
        envoy_http_access_log: Some("/dev/null".to_owned()),
        envoy_https_access_log: Some("/dev/stderr".to_owned()),
        stats_address: Some("127.0.0.4".to_owned()),
        stats_port: Some(82),
        ingress_status_address: words(&["192.0.2.8"]),
        disable_feature: words(&["extensionservices", "tlsroutes"]),
        debug: true,
    };
    let text = "accesslog-format: json\nlisteners: {http: {address: 192.0.2.1, port: 80}}\ningress-status-address: x";
    let (settings, _) = read(text, flags);
    assert_eq!(settings.ingress_class_names, ["blue", "green"]);
    assert!(settings.permits_roots_in("a") && !settings.permits_roots_in("b"));
    let reads = |kind: Kind, namespace: &str| settings.reads(&kind.object(&NamespacedName::new(namespace, "x")));
    assert!(reads(Kind::HttpProxy, "b") && !reads(Kind::HttpProxy, "c"));
    assert!(!reads(Kind::ExtensionService, "a"));
    assert_eq!(settings.load_balancer.proxy_protocol, ProxyProtocol::Required);
    assert_eq!(settings.access_log.format, AccessLogFormat::Default);
    let sockets: Vec<_> = settings
        .listeners
        .sockets()
        .map(|(_, address, port)| format!("{address}:{port}"))
        .collect();
    assert_eq!(sockets, ["127.0.0.2:81", "127.0.0.3:444", "127.0.0.4:82"]);
    let log = &settings.access_log;
    assert_eq!(
        (log.http_path.as_str(), log.https_path.as_str()),
        ("/dev/null", "/dev/stderr")
    );
    assert_eq!(settings.process.ingress_status_addresses, ["192.0.2.8"]);
    assert!(settings.process.debug);
}

#[test]
fn wrong_flags_are_named_with_their_dashes() {
    let refused = [
        (
            Flags {
                use_proxy_protocol: true,
                ..Flags::default()
            },
            "loadBalancer: {proxyProtocol: Off}",
            "--use-proxy-protocol: means loadBalancer.proxyProtocol: Required, but the configuration file says Off",
        ),
        (
            Flags {
                accesslog_format: Some("xml".to_owned()),
                ..Flags::default()
            },
            "",
            "--accesslog-format: invalid access log format \"xml\" (known: envoy, json)",
        ),
        (
            Flags {
                envoy_service_http_port: Some(0),
                ..Flags::default()
            },
            "",
            "--envoy-service-http-port: 0 is not between 1 and 65535",
        ),
        (
            Flags {
                stats_address: Some("here".to_owned()),
                stats_port: Some(0),
                ..Flags::default()
            },
            "",
            "--stats-address: \"here\" is no IP address\n--stats-port: 0 is not between 1 and 65535",
        ),
        (
            Flags {
                envoy_https_access_log: Some(String::new()),
                ..Flags::default()
            },
            "",
            "--envoy-https-access-log: a log needs a file, such as /dev/stdout",
        ),
        (
            Flags {
                disable_feature: words(&["extensionservice"]),
                ..Flags::default()
            },
            "",
            "--disable-feature: invalid feature \"extensionservice\", did you mean \"extensionservices\"?",
        ),
        (
            Flags {
                root_namespaces: words(&["a", "b"]),
                watch_namespaces: words(&["a"]),
                ..Flags::default()
            },
            "tls: {fallback-certificate: {namespace: c, name: d}, envoy-client-certificate: {namespace: e, name: f}}",
            "--watch-namespaces: not all root namespaces are being watched
1:29: tls.fallback-certificate: the fallbackCertificate namespace (c) must be watched
1:80: tls.envoy-client-certificate: the clientCertificate namespace (e) must be watched",
        ),
    ];
    for (flags, text, expected) in refused {
        let refusal = refusal(text, flags);
        assert!(refusal.starts_with(expected), "{refusal}");
    }
}
