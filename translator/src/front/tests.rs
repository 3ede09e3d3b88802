//! Shapes of a Service, and what each comes to.

use isoline_policy::Listener;

use super::*;
use crate::{
    manifest::{self, Content},
    object::Reduced,
};

const TO_OWN_PORTS: &str = "{name: http, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8443}";
const TO_ONE_PORT: &str = "{name: http, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8080}";
const TO_OFFLOAD: &str = "{name: http, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8081}";

const NLB: &str = "type: external, nlb-target-type: instance";
const TLS: &str = "ssl-cert: arn, ssl-ports: '443'";

/// A Service with these annotations, without their prefix, and with this in its spec.
fn service(annotations: &str, spec: &str, ports: &str) -> Exposure {
    let annotations: Vec<_> = annotations
        .split(", ")
        .filter_map(|annotation| annotation.split_once(": "))
        .map(|(key, value)| format!("{}: {value}", aws::annotation(key)))
        .collect();
    let text = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{namespace: edge, name: envoy, annotations: {{{}}}}}\n\
         spec: {{{spec}, ports: [{ports}]}}",
        annotations.join(", ")
    );
    let mut documents = manifest::parse(&text).unwrap();
    match documents.remove(0).content {
        Content::Object(object) => match object.0 {
            Reduced::Service(_, exposure) => *exposure,
            other => panic!("{other:?}"),
        },
        other => panic!("{text}\n{other:?}"),
    }
}

fn local(annotations: &str, ports: &str) -> Exposure {
    service(annotations, "type: LoadBalancer, externalTrafficPolicy: Local", ports)
}

/// What a Service comes to under a configuration file whose mode is `Auto`.
fn front(written: &str, exposure: Option<&Exposure>) -> Front {
    let text = format!("loadBalancer: {{mode: Auto, {written}}}\nlisteners: {{tlsOffload: {{enabled: true}}}}");
    Front::of(&Settings::parse(&text).unwrap(), exposure)
}

/// The settings in force, on one line.
fn in_force(front: &Front) -> String {
    let LoadBalancer {
        mode,
        proxy_protocol,
        tls_ports,
        trusted,
        external_ports,
    } = &front.load_balancer;
    format!(
        "{mode:?} {proxy_protocol:?} {tls_ports:?} hops {} ports {} {}",
        trusted.hops, external_ports.http, external_ports.https
    )
}

fn known(front: &Front, listener: Listener) -> (String, &'static str) {
    let name = match listener {
        Listener::Http => "http",
        Listener::Https => "https",
        Listener::TlsOffload => "tls-offload",
    };
    let entrances = front.entrances(
        &Settings::parse("listeners: {tlsOffload: {enabled: true}}")
            .unwrap()
            .listeners,
    );
    let entrance = entrances
        .into_iter()
        .find(|entrance| entrance.listener == name)
        .unwrap();
    (entrance.scheme, entrance.client)
}

/// Whether there is exactly this one warning, about something and with all of these words.
fn warns(front: &Front, about: &str, words: &[&str]) {
    let texts: Vec<_> = front.warnings.iter().map(ToString::to_string).collect();
    let about = match about.strip_prefix('-') {
        Some(key) => aws::annotation(key),
        None => about.to_owned(),
    };
    match front.warnings.as_slice() {
        [warning] if warning.about == about => {
            for word in words {
                assert!(warning.message.contains(word), "{word:?} is not in {warning}");
            }
        }
        _ => panic!("{texts:#?} instead of one warning about {about}"),
    }
}

#[test]
fn nothing_is_in_front_without_a_load_balancer() {
    let nothing = "None Off [443] hops 0 ports 80 443";
    let absent = front("", None);
    assert_eq!(in_force(&absent), nothing);
    warns(
        &absent,
        "loadBalancer.mode",
        &["projectcontour/envoy is not there", "envoy-service-name"],
    );
    let node_port = front("", Some(&service("", "type: NodePort", TO_OWN_PORTS)));
    assert_eq!(in_force(&node_port), nothing);
    assert_eq!(node_port.warnings, []);
    assert_eq!(
        known(&node_port, Listener::Http),
        ("http, by the listener".to_owned(), "the peer")
    );
}

#[test]
fn each_shape_of_load_balancer_is_known() {
    let rows = [
        // Passed through, addresses kept.
        (
            "",
            TO_OWN_PORTS,
            "L4 Off [] hops 0 ports 80 443",
            "http, by the listener",
            "the peer",
        ),
        (
            NLB,
            TO_OWN_PORTS,
            "L4 Off [] hops 0 ports 80 443",
            "http, by the listener",
            "the peer",
        ),
        (
            "type: nlb-ip, target-group-attributes: preserve_client_ip.enabled=true",
            TO_OWN_PORTS,
            "L4 Off [] hops 0 ports 80 443",
            "http, by the listener",
            "the peer",
        ),
        // Passed through, with PROXY headers.
        (
            "proxy-protocol: '*'",
            TO_OWN_PORTS,
            "L4 Required [] hops 0 ports 80 443",
            "by the SSL TLV in the PROXY header",
            "by the PROXY header",
        ),
        (
            "type: external, nlb-target-type: ip, target-group-attributes: 'deregistration_delay.timeout_seconds=5,proxy_protocol_v2.enabled=true'",
            TO_OWN_PORTS,
            "L4 Required [] hops 0 ports 80 443",
            "by the SSL TLV in the PROXY header",
            "by the PROXY header",
        ),
        // TLS ended, a port of its own.
        (
            &format!("{NLB}, {TLS}"),
            TO_OFFLOAD,
            "L4Tls Off [443] hops 0 ports 80 443",
            "http, by the listener",
            "the peer",
        ),
        (
            "backend-protocol: tcp, ssl-cert: arn, ssl-ports: https, proxy-protocol: '*'",
            TO_OFFLOAD,
            "L4Tls Required [443] hops 0 ports 80 443",
            "by the PROXY header: https to port 443",
            "by the PROXY header",
        ),
        // TLS ended, one port for both.
        (
            &format!("{NLB}, {TLS}, target-group-attributes: proxy_protocol_v2.enabled=true"),
            TO_ONE_PORT,
            "L4Tls Required [443] hops 0 ports 80 443",
            "by the PROXY header: https to port 443",
            "by the PROXY header",
        ),
        // Layer 7.
        (
            &format!("backend-protocol: http, {TLS}"),
            TO_ONE_PORT,
            "L7 Off [443] hops 1 ports 80 443",
            "by X-Forwarded-Proto of a trusted peer",
            "by X-Forwarded-For of a trusted peer",
        ),
        (
            "backend-protocol: https, ssl-cert: arn, ssl-ports: '*'",
            "{port: 443, targetPort: 8443}",
            "L7 Off [443] hops 1 ports 80 443",
            "by X-Forwarded-Proto of a trusted peer",
            "by X-Forwarded-For of a trusted peer",
        ),
        // Other ports than the usual ones.
        (
            &format!("{NLB}, ssl-cert: arn, ssl-ports: 'tls,9443', alpn-policy: HTTP2Preferred"),
            "{name: web, port: 8000, targetPort: http}, {name: tls, port: 8443, targetPort: tls-offload}, {name: more, port: 9443, targetPort: 8081}",
            "L4Tls Off [8443, 9443] hops 0 ports 8000 8443",
            "http, by the listener",
            "the peer",
        ),
    ];
    for (annotations, ports, expected, scheme, client) in rows {
        let front = front("", Some(&local(annotations, ports)));
        assert_eq!(in_force(&front), expected, "{annotations}");
        assert_eq!(front.warnings, [], "{annotations}");
        assert_eq!(front.unknowable_scheme(), None, "{annotations}");
        assert_eq!(
            known(&front, Listener::Http),
            (scheme.to_owned(), client),
            "{annotations}"
        );
        assert_eq!(front.feeds_tls_offload, ports.contains("8081"), "{annotations}");
    }
}

#[test]
fn a_class_makes_a_network_load_balancer() {
    let spec = "type: LoadBalancer, loadBalancerClass: service.k8s.aws/nlb, externalTrafficPolicy: Local";
    let known = front("", Some(&service(TLS, spec, TO_OFFLOAD)));
    assert_eq!(in_force(&known), "L4Tls Off [443] hops 0 ports 80 443");
    assert_eq!(known.warnings, []);
    let spec = spec.replace("service.k8s.aws/nlb", "example.com/odd");
    let unknown = front("", Some(&service("type: external", &spec, TO_OWN_PORTS)));
    assert_eq!(in_force(&unknown), "L4 Off [] hops 0 ports 80 443");
    assert!(unknown.readings[1].meaning.starts_with("not one that is known"));
}

#[test]
fn what_is_read_is_said_line_by_line() {
    let front = front("", Some(&local(&format!("{NLB}, {TLS}"), TO_OFFLOAD)));
    let lines: Vec<_> = front.readings.iter().map(ToString::to_string).collect();
    let expected = [
        "spec.type: LoadBalancer -> a load balancer is in front",
        "service.beta.kubernetes.io/aws-load-balancer-type: external -> a Network Load Balancer, made by the AWS Load Balancer Controller",
        "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: instance -> it sends to ports of nodes",
        "spec.externalTrafficPolicy: Local -> nodes keep the client's address",
        "service.beta.kubernetes.io/aws-load-balancer-ssl-cert: arn -> it ends TLS",
        "service.beta.kubernetes.io/aws-load-balancer-ssl-ports: 443 -> on these ports",
        "spec.ports[80].targetPort: 8080 -> passed through, to listener http (8080)",
        "spec.ports[443].targetPort: 8081 -> TLS ended, to listener tls-offload (8081)",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_is_written_counts_more() {
    let balancer = local(&format!("backend-protocol: http, {TLS}"), TO_ONE_PORT);
    let trusts_networks = front("trusted: {cidrs: [10.0.0.0/8]}", Some(&balancer));
    assert_eq!(in_force(&trusts_networks), "L7 Off [443] hops 0 ports 80 443");
    let trusts_nobody = front("trusted: {hops: 0}", Some(&balancer));
    assert_eq!(in_force(&trusts_nobody), "L7 Off [443] hops 0 ports 80 443");
    assert!(trusts_nobody.unknowable_scheme().is_some());
    let optional = front(
        "proxyProtocol: Optional",
        Some(&local("proxy-protocol: '*'", TO_OWN_PORTS)),
    );
    assert_eq!(in_force(&optional), "L4 Optional [] hops 0 ports 80 443");
    assert_eq!(optional.warnings, []);
    let absent = front("proxyProtocol: Required, externalPorts: {https: 8443}", None);
    assert_eq!(in_force(&absent), "None Required [443] hops 0 ports 80 8443");
}

#[test]
fn a_redirect_loop_is_seen_with_both_ways_out() {
    let network = front("", Some(&local(&format!("{NLB}, {TLS}"), TO_ONE_PORT)));
    warns(
        &network,
        "-ssl-ports",
        &[
            "TLS is ended on port 443",
            "come to port 8080 of Envoy with those of port 80",
            "listeners.tlsOffload.enabled: true, and targetPort: 8081 for port 443",
            "target-group-attributes: proxy_protocol_v2.enabled=true",
        ],
    );
    assert_eq!(known(&network, Listener::Http), ("unknown".to_owned(), "the peer"));
    assert_eq!(network.unknowable_scheme(), network.warnings.first());
    let alone = front(
        "",
        Some(&local(
            &format!("{NLB}, ssl-cert: arn"),
            "{port: 443, targetPort: 8080}",
        )),
    );
    warns(&alone, "-ssl-cert", &["come to port 8080 of Envoy, in cleartext"]);
    let classic = front("", Some(&local(TLS, TO_ONE_PORT)));
    let ways: Vec<_> = classic.warnings.iter().map(ToString::to_string).collect();
    assert!(ways[1].contains("aws-load-balancer-proxy-protocol: \"*\""), "{ways:#?}");
}

#[test]
fn every_contradiction_is_a_warning_with_both_ways_out() {
    let announced = local("proxy-protocol: '*'", TO_OWN_PORTS);
    warns(
        &front("proxyProtocol: Off, trusted: {cidrs: [10.0.0.0/8]}", Some(&announced)),
        "loadBalancer.proxyProtocol",
        &["is Off, but the Service asks for", "Write Required"],
    );
    let plain = local(NLB, TO_OWN_PORTS);
    warns(
        &front("proxyProtocol: Required", Some(&plain)),
        "loadBalancer.proxyProtocol",
        &[
            "is Required, but",
            "every connection is closed",
            "Write Off",
            "proxy_protocol_v2.enabled=true",
        ],
    );
    warns(
        &front("trusted: {hops: 1}", Some(&plain)),
        "loadBalancer.trusted.hops",
        &["clients can write", "Write 0, or mode: L7"],
    );
    warns(
        &front("externalPorts: {https: 8443}", Some(&plain)),
        "loadBalancer.externalPorts.https",
        &["is 8443", "takes https on 443", "Write 443"],
    );
    let ended = local(&format!("{NLB}, {TLS}"), TO_OFFLOAD);
    warns(
        &front("tlsPorts: [8443]", Some(&ended)),
        "loadBalancer.tlsPorts",
        &["is [8443], but TLS is ended on [443]", "or change"],
    );
    let rows: [(&str, &str, &str, &[&str]); 9] = [
        (
            "type: nlb-ip",
            TO_OWN_PORTS,
            "-target-group-attributes",
            &["preserve_client_ip.enabled=true", "proxy_protocol_v2.enabled=true"],
        ),
        (
            "type: nlb, target-group-attributes: preserve_client_ip.enabled=false",
            TO_OWN_PORTS,
            "-target-group-attributes",
            &["remove it", "proxy_protocol_v2.enabled=true"],
        ),
        (
            "type: nlb, proxy-protocol: '*'",
            TO_OWN_PORTS,
            "-proxy-protocol",
            &["type: external", "by hand"],
        ),
        (
            "scheme: internal",
            TO_OWN_PORTS,
            "spec.type",
            &[
                "its own address",
                "aws-load-balancer-type: external",
                "-proxy-protocol: \"*\"",
            ],
        ),
        (
            NLB,
            TO_OFFLOAD,
            "spec.ports[443].targetPort",
            &["cleartext passes for https", "targetPort: 8080", "end TLS on it"],
        ),
        (
            "type: nlb, ssl-cert: arn, ssl-ports: https",
            TO_OWN_PORTS,
            "spec.ports[443].targetPort",
            &["no handshake succeeds", "targetPort: 8081", "pass it through"],
        ),
        (
            "type: nlb, ssl-cert: arn, ssl-ports: https, backend-protocol: ssl",
            TO_OWN_PORTS,
            "spec.ports[443].targetPort",
            &["ended twice", "targetPort: 8081", "pass it through"],
        ),
        (
            "type: nlb, ssl-ports: '443'",
            TO_OWN_PORTS,
            "-ssl-ports",
            &["no effect without", "ssl-cert"],
        ),
        (
            "backend-protocol: http, ssl-cert: arn, ssl-ports: '443', proxy-protocol: '*'",
            TO_ONE_PORT,
            "-proxy-protocol",
            &["writes no PROXY header", "Remove it", "backend-protocol: tcp"],
        ),
    ];
    for (annotations, ports, about, words) in rows {
        warns(&front("", Some(&local(annotations, ports))), about, words);
    }
}

#[test]
fn nodes_hide_clients_unless_their_addresses_are_announced() {
    let cluster = |annotations| service(annotations, "type: LoadBalancer", TO_OWN_PORTS);
    for annotations in ["", "type: nlb"] {
        let front = front("", Some(&cluster(annotations)));
        warns(
            &front,
            "spec.externalTrafficPolicy",
            &["is Cluster", "write Local", "let the load balancer announce them"],
        );
        assert_eq!(known(&front, Listener::Http).1, "unknown: the peer is not the client");
    }
    let announced = front("", Some(&cluster("type: external, proxy-protocol: '*'")));
    assert_eq!(announced.warnings, []);
    let to_pods = cluster("type: nlb-ip, target-group-attributes: preserve_client_ip.enabled=true");
    assert_eq!(front("", Some(&to_pods)).warnings, []);
}

#[test]
fn headers_are_not_believed_where_a_port_is_passed_through() {
    let annotations = "backend-protocol: https, ssl-cert: arn, ssl-ports: '443'";
    let front = front("", Some(&local(annotations, TO_OWN_PORTS)));
    assert_eq!(in_force(&front), "L7 Off [443] hops 0 ports 80 443");
    let about: Vec<_> = front.warnings.iter().map(|warning| warning.about.as_str()).collect();
    assert_eq!(
        about,
        [
            "spec.type",
            "service.beta.kubernetes.io/aws-load-balancer-backend-protocol"
        ]
    );
    assert!(
        front.warnings[1].message.contains("port 80 speaks no HTTP"),
        "{:?}",
        front.warnings
    );
}

#[test]
fn words_that_nobody_knows_are_told_with_those_that_are() {
    let rows = [
        ("type: nlb, nlb-target-type: pod", "-nlb-target-type", "ip, instance"),
        ("type: nlb, scheme: public", "-scheme", "internet-facing, internal"),
        ("type: nlb, internal: 'yes'", "-internal", "true, false"),
        ("type: nlb, backend-protocol: grpc", "-backend-protocol", "tcp, ssl"),
        ("type: nlb, proxy-protocol: 'true'", "-proxy-protocol", "\"*\""),
        (
            "type: nlb, target-group-attributes: proxy_protocol_v2.enabled=yes",
            "-target-group-attributes",
            "proxy_protocol_v2.enabled=true",
        ),
        (
            "type: nlb, ssl-cert: arn, ssl-ports: tls",
            "-ssl-ports",
            "80 or http, 443 or https",
        ),
        (
            "type: external, ssl-cert: arn, ssl-ports: '*'",
            "-ssl-ports",
            "80 or http, 443 or https",
        ),
    ];
    for (annotations, about, words) in rows {
        warns(&front("", Some(&local(annotations, TO_OWN_PORTS))), about, &[words]);
    }
    let alpn = format!("{NLB}, {TLS}, alpn-policy: h2");
    warns(
        &front("", Some(&local(&alpn, TO_OFFLOAD))),
        "-alpn-policy",
        &["HTTP2Preferred"],
    );
    let kind = front("", Some(&local("type: gateway", TO_OWN_PORTS)));
    assert!(
        kind.warnings[0].message.contains("external, nlb-ip, nlb"),
        "{:?}",
        kind.warnings
    );
}

#[test]
fn the_listener_for_ended_tls_must_be_there() {
    let settings = Settings::parse("loadBalancer: {mode: Auto}").unwrap();
    let front = Front::of(&settings, Some(&local(&format!("{NLB}, {TLS}"), TO_OFFLOAD)));
    warns(
        &front,
        "spec.ports[443].targetPort",
        &[
            "which is not there",
            "listeners.tlsOffload.enabled: true",
            "targetPort: 8080",
        ],
    );
}

#[test]
fn annotations_on_a_service_that_is_no_load_balancer_are_idle() {
    let front = front("", Some(&service("type: nlb", "type: ClusterIP", TO_OWN_PORTS)));
    warns(
        &front,
        "-type",
        &["no effect on a Service of type ClusterIP", "loadBalancer.mode"],
    );
}

#[test]
fn a_namespace_that_is_not_watched_is_told() {
    let settings = Settings {
        watch_namespaces: Some(["web".to_owned()].into()),
        ..Settings::parse("{loadBalancer: {mode: Auto}, envoy-service-namespace: edge}").unwrap()
    };
    let front = Front::of(&settings, None);
    warns(
        &front,
        "loadBalancer.mode",
        &[
            "Service edge/envoy is in a namespace that is not watched",
            "--watch-namespaces",
        ],
    );
}

#[test]
fn without_auto_what_is_written_is_in_force() {
    let settings = Settings::parse("loadBalancer: {mode: L4TLS, trusted: {hops: 1}}").unwrap();
    let front = Front::of(&settings, Some(&local("proxy-protocol: '*'", TO_OWN_PORTS)));
    assert_eq!(in_force(&front), "L4Tls Off [443] hops 1 ports 80 443");
    assert_eq!(
        (front.service.as_ref(), front.readings.as_slice()),
        (None, [].as_slice())
    );
    warns(&front, "loadBalancer.trusted.hops", &["clients can write"]);
}
