//! What goes wrong shows as the guides say.

use anyhow::{Context as _, Result, ensure};

use crate::play::Guide;

/// Changes to the files of a guide, and what comes of them.
pub(crate) struct Mistake {
    pub(crate) name: &'static str,
    pub(crate) page: &'static str,
    /// In which file, what, by what.
    edits: &'static [(&'static str, &'static str, &'static str)],
    check: &'static str,
}

const ANNOUNCES: &str = "    service.beta.kubernetes.io/aws-load-balancer-proxy-protocol: '*'\n";

pub(crate) const ALL: [Mistake; 18] = [
    Mistake {
        name: "proxy_headers_that_nobody_expects_are_bad_requests",
        page: "docs/load-balancers/nlb-proxy-protocol.md",
        edits: &[("isoline.yaml", "{mode: Auto}", "{mode: Auto, proxyProtocol: Off}")],
        check: "curl -i https://shop.example.com/cart # 400",
    },
    Mistake {
        name: "proxy_headers_of_haproxy_that_nobody_expects_are_bad_requests",
        page: "docs/load-balancers/haproxy.md",
        edits: &[("isoline.yaml", "Required", "Off")],
        check: "curl -i https://shop.example.com/cart # 400",
    },
    Mistake {
        name: "connections_without_the_required_proxy_header_are_closed",
        page: "docs/load-balancers/nlb.md",
        edits: &[("isoline.yaml", "{mode: Auto}", "{mode: Auto, proxyProtocol: Required}")],
        check: "curl -i https://shop.example.com/cart # nothing",
    },
    Mistake {
        name: "an_alb_cannot_reach_who_requires_proxy_headers",
        page: "docs/load-balancers/alb.md",
        edits: &[("isoline.yaml", "mode: L7", "mode: L7\n  proxyProtocol: Required")],
        check: "curl -i https://shop.example.com/cart # 502",
    },
    Mistake {
        name: "a_port_that_is_not_among_the_tls_ports_loops",
        page: "docs/load-balancers/nlb-proxy-protocol.md",
        edits: &[("isoline.yaml", "{mode: Auto}", "{mode: Auto, tlsPorts: [8443]}")],
        check: "curl -i https://shop.example.com/cart # 301 https://shop.example.com/cart",
    },
    Mistake {
        name: "tls_that_was_ended_on_the_way_to_the_cleartext_port_loops",
        page: "docs/load-balancers/nlb.md",
        edits: &[("service.yaml", "targetPort: tls-offload", "targetPort: http")],
        check: "curl -i https://shop.example.com/cart # 301 https://shop.example.com/cart",
    },
    Mistake {
        name: "a_listener_that_is_not_enabled_does_not_answer",
        page: "docs/load-balancers/nlb.md",
        edits: &[("isoline.yaml", "enabled: true", "enabled: false")],
        check: "curl -i https://shop.example.com/cart # nothing",
    },
    Mistake {
        name: "who_waits_for_a_handshake_does_not_answer",
        page: "docs/load-balancers/nlb.md",
        edits: &[("service.yaml", "targetPort: tls-offload", "targetPort: https")],
        check: "curl -i https://shop.example.com/cart # nothing",
    },
    Mistake {
        name: "addresses_that_are_not_kept_are_those_of_the_load_balancer",
        page: "docs/load-balancers/nlb.md",
        edits: &[(
            "service.yaml",
            "preserve_client_ip.enabled=true",
            "preserve_client_ip.enabled=false",
        )],
        check: "curl -i https://shop.example.com/cart # 200; X-Forwarded-For: 10.0.1.7",
    },
    Mistake {
        name: "an_alb_that_is_not_trusted_loops",
        page: "docs/load-balancers/alb.md",
        edits: &[("isoline.yaml", "10.0.0.0/16", "10.9.0.0/16")],
        check: "curl -i https://shop.example.com/cart # 301 https://shop.example.com/cart",
    },
    Mistake {
        name: "tls_again_to_the_cleartext_port_is_a_bad_gateway",
        page: "docs/load-balancers/alb.md",
        edits: &[(
            "alb.yaml",
            "    alb.ingress.kubernetes.io/scheme",
            "    alb.ingress.kubernetes.io/backend-protocol: HTTPS\n    alb.ingress.kubernetes.io/scheme",
        )],
        check: "curl -i https://shop.example.com/cart # 502",
    },
    Mistake {
        name: "behind_replaced_addresses_nobody_is_the_cdn",
        page: "docs/load-balancers/cdn.md",
        edits: &[(
            "service.yaml",
            "preserve_client_ip.enabled=true",
            "preserve_client_ip.enabled=false",
        )],
        check: "curl -i https://shop.example.com/cart # 403",
    },
    Mistake {
        name: "an_edge_that_is_not_trusted_is_the_client",
        page: "docs/load-balancers/cdn.md",
        edits: &[("policy.yaml", "198.51.100.0/24", "198.51.101.0/24")],
        check: "curl -i https://shop.example.com/cart # 200; X-Forwarded-For: 198.51.100.10",
    },
    Mistake {
        name: "an_alb_sends_no_server_name",
        page: "docs/load-balancers/alb.md",
        edits: &[
            (
                "alb.yaml",
                "  annotations:",
                "  annotations:\n    alb.ingress.kubernetes.io/backend-protocol: HTTPS",
            ),
            ("alb.yaml", "{name: http}", "{name: https}"),
            (
                "shop.yaml",
                "{fqdn: shop.example.com}",
                "{fqdn: shop.example.com, tls: {secretName: shop-tls}}",
            ),
        ],
        check: "curl -i https://shop.example.com/cart # 502",
    },
    Mistake {
        name: "a_classic_load_balancer_that_announces_nobody_is_the_client",
        page: "docs/load-balancers/classic.md",
        edits: &[("service.yaml", ANNOUNCES, "")],
        check: "curl -i https://shop.example.com/cart # 200; X-Forwarded-For: 10.0.1.7",
    },
    Mistake {
        name: "a_classic_load_balancer_that_announces_nobody_loops_on_one_port",
        page: "docs/load-balancers/classic.md",
        edits: &[
            ("service.yaml", ANNOUNCES, ""),
            ("service.yaml", "targetPort: tls-offload", "targetPort: http"),
        ],
        check: "curl -i https://shop.example.com/cart # 301 https://shop.example.com/cart",
    },
    Mistake {
        name: "a_proxy_header_without_the_tlv_loops",
        page: "docs/load-balancers/haproxy.md",
        edits: &[("haproxy.cfg", "send-proxy-v2-ssl", "send-proxy-v2")],
        check: "curl -i https://shop.example.com/cart # 301 https://shop.example.com/cart",
    },
    Mistake {
        name: "a_server_without_proxy_headers_is_not_answered",
        page: "docs/load-balancers/haproxy.md",
        edits: &[("haproxy.cfg", " send-proxy-v2-ssl", "")],
        check: "curl -i https://shop.example.com/cart # nothing",
    },
];

impl Mistake {
    /// Makes it.
    pub(crate) async fn make(&self, guide: &Guide) -> Result<()> {
        let mut files = guide.files_of_first_requests()?;
        for (file, from, to) in self.edits {
            let text = files.get_mut(*file).with_context(|| format!("no {file}"))?;
            ensure!(text.contains(from), "{file} does not say {from:?}");
            *text = text.replacen(from, to, 1);
        }
        guide.check(&files, &[self.check.parse()?]).await
    }
}
