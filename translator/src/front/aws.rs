//! Load balancers of AWS, by the annotations of both controllers that make them: the one of the cloud provider (classic
//! ones, and network ones with targets by node) and the AWS Load Balancer Controller (network ones).

use super::{
    exposure::Exposure,
    notes::Notes,
    ports::{Layer, ServicePort},
};

const PREFIX: &str = "service.beta.kubernetes.io/aws-load-balancer-";

pub(super) const TYPE: &str = "type";
pub(super) const TARGET_TYPE: &str = "nlb-target-type";
pub(super) const SCHEME: &str = "scheme";
pub(super) const INTERNAL: &str = "internal";
pub(super) const SSL_CERT: &str = "ssl-cert";
pub(super) const SSL_PORTS: &str = "ssl-ports";
pub(super) const BACKEND_PROTOCOL: &str = "backend-protocol";
pub(super) const PROXY_PROTOCOL: &str = "proxy-protocol";
pub(super) const TARGET_GROUP_ATTRIBUTES: &str = "target-group-attributes";
pub(super) const ALPN_POLICY: &str = "alpn-policy";

const KEYS: [&str; 10] = [
    TYPE,
    TARGET_TYPE,
    SCHEME,
    INTERNAL,
    SSL_CERT,
    SSL_PORTS,
    BACKEND_PROTOCOL,
    PROXY_PROTOCOL,
    TARGET_GROUP_ATTRIBUTES,
    ALPN_POLICY,
];

/// What makes a load balancer of a class.
const CLASSES: [(&str, Maker); 2] = [
    ("service.k8s.aws/nlb", Maker::LoadBalancerController),
    ("eks.amazonaws.com/nlb", Maker::LoadBalancerController),
];

/// What follows the common prefix, if the annotation is one that is read.
pub(super) fn key_of(annotation: &str) -> Option<&str> {
    annotation.strip_prefix(PREFIX).filter(|key| KEYS.contains(key))
}

/// The whole annotation.
pub(super) fn annotation(key: &str) -> String {
    format!("{PREFIX}{key}")
}

/// The load balancer that a Service asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Balancer {
    /// Of another cloud, or of none: it passes connections through.
    Other,
    Classic {
        announces: bool,
    },
    Network(Network),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Network {
    pub(super) maker: Maker,
    /// Whether it sends to Pods and not to nodes.
    pub(super) to_pods: bool,
    keeps_addresses: bool,
    announces: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Maker {
    CloudProvider,
    LoadBalancerController,
}

impl Balancer {
    pub(super) fn read(exposure: &Exposure, notes: &mut Notes) -> Self {
        notes.read("spec.type", &exposure.kind, "a load balancer is in front");
        let maker = match &exposure.class {
            Some(class) => maker_of_class(class, notes),
            None => maker_of_type(exposure, notes),
        };
        read_scheme(exposure, notes);
        let balancer = match (maker, is_of_aws(exposure)) {
            (Some(maker), _) => Self::Network(Network::read(maker, exposure, notes)),
            (None, true) => Self::Classic {
                announces: is_announced(exposure, "v1", notes),
            },
            (None, false) => Self::Other,
        };
        if balancer.goes_over_nodes() {
            let meaning = match exposure.traffic_policy.as_str() {
                "Local" => "nodes keep the client's address",
                _ => "a node may put its own address in the place of the client's",
            };
            notes.read("spec.externalTrafficPolicy", &exposure.traffic_policy, meaning);
        }
        balancer
    }

    /// Whether connections come by ports of nodes.
    fn goes_over_nodes(&self) -> bool {
        !matches!(self, Self::Network(network) if network.to_pods)
    }

    /// Whether each connection begins with a PROXY header. Where a classic one speaks HTTP, none does.
    pub(super) fn announces(&self, ports: &[ServicePort], notes: &mut Notes) -> bool {
        match self {
            Self::Other => false,
            Self::Network(network) => network.announces,
            Self::Classic { announces } => {
                let speaks_http = ports.iter().any(|port| port.layer.speaks_http());
                if *announces && speaks_http {
                    let message = "a classic load balancer that speaks HTTP writes no PROXY header. Remove it, since \
                                   X-Forwarded-For tells the same, or pass connections through by backend-protocol: tcp";
                    notes.warn(annotation(PROXY_PROTOCOL), message);
                }
                *announces && !speaks_http
            }
        }
    }

    /// Whether the peer that Envoy sees is not the client.
    pub(super) fn hides_clients(&self, exposure: &Exposure) -> bool {
        let by_nodes = self.goes_over_nodes() && exposure.traffic_policy != "Local";
        match self {
            Self::Other => by_nodes,
            Self::Classic { .. } => true,
            Self::Network(network) => by_nodes || !network.keeps_addresses,
        }
    }

    /// How one is told to announce connections.
    pub(super) fn way_to_announce(&self) -> String {
        match self {
            Self::Other => "the PROXY header of its provider".to_owned(),
            Self::Classic { .. } => format!("{}: \"*\"", annotation(PROXY_PROTOCOL)),
            Self::Network(_) => format!(
                "{}: proxy_protocol_v2.enabled=true",
                annotation(TARGET_GROUP_ATTRIBUTES)
            ),
        }
    }

    /// What becomes of the connections to a port.
    pub(super) fn layer(&self, ends_tls: bool, backend: &str) -> Layer {
        match (self, ends_tls, backend) {
            (Self::Other, ..) => Layer::PassesThrough,
            (Self::Classic { .. }, true, "http") => Layer::Http {
                tls: true,
                again: false,
            },
            (Self::Classic { .. }, true, "https") => Layer::Http { tls: true, again: true },
            (Self::Classic { .. }, false, "http") => Layer::Http {
                tls: false,
                again: false,
            },
            (_, true, backend) => Layer::EndsTls {
                again: backend == "ssl",
            },
            (_, false, _) => Layer::PassesThrough,
        }
    }

    /// Whether `*` in a list of ports means all of them.
    pub(super) fn knows_asterisk(&self) -> bool {
        !matches!(self, Self::Network(network) if network.maker == Maker::LoadBalancerController)
    }
}

impl Network {
    fn read(maker: Maker, exposure: &Exposure, notes: &mut Notes) -> Self {
        let to_pods = is_to_pods(exposure, notes);
        let attributes = Attributes::read(exposure, notes);
        let by_annotation = is_announced(exposure, "v2", notes);
        let announces = by_annotation || attributes.announces == Some(true);
        if by_annotation && maker == Maker::CloudProvider {
            let message = "the cloud provider that makes a load balancer of type nlb does not read it. Let the AWS Load \
                           Balancer Controller make it (type: external), or switch PROXY v2 on in its target groups by hand";
            notes.warn(annotation(PROXY_PROTOCOL), message);
        }
        Self {
            maker,
            to_pods,
            keeps_addresses: attributes.keeps_addresses.unwrap_or(!to_pods),
            announces,
        }
    }
}

/// Contour's manifests write the backend protocol tcp in any cloud.
fn is_of_aws(exposure: &Exposure) -> bool {
    let is_telling = |(key, value): (&String, &String)| key != BACKEND_PROTOCOL || value != "tcp";
    exposure.class.is_none() && exposure.annotations.iter().any(is_telling)
}

fn maker_of_class(class: &str, notes: &mut Notes) -> Option<Maker> {
    let known = CLASSES.iter().find(|(known, _)| *known == class);
    let meaning = match known {
        Some(_) => "a Network Load Balancer",
        None => "not one that is known: taken to pass connections through",
    };
    notes.read("spec.loadBalancerClass", class, meaning);
    known.map(|(_, maker)| *maker)
}

fn maker_of_type(exposure: &Exposure, notes: &mut Notes) -> Option<Maker> {
    let value = exposure.annotation(TYPE)?;
    let (maker, meaning) = match value {
        "nlb" => (
            Maker::CloudProvider,
            "a Network Load Balancer, made by the cloud provider",
        ),
        "nlb-ip" | "external" => (
            Maker::LoadBalancerController,
            "a Network Load Balancer, made by the AWS Load Balancer Controller",
        ),
        _ => {
            unknown(
                TYPE,
                value,
                "external, nlb-ip, nlb, or no annotation for a classic one",
                notes,
            );
            return None;
        }
    };
    notes.read(annotation(TYPE), value, meaning);
    Some(maker)
}

fn is_to_pods(exposure: &Exposure, notes: &mut Notes) -> bool {
    let by_type = exposure.annotation(TYPE) == Some("nlb-ip");
    let Some(value) = exposure.annotation(TARGET_TYPE) else {
        return by_type;
    };
    let (to_pods, meaning) = match value {
        "ip" => (true, "it sends to Pods"),
        "instance" => (false, "it sends to ports of nodes"),
        _ => {
            unknown(TARGET_TYPE, value, "ip, instance", notes);
            return by_type;
        }
    };
    notes.read(annotation(TARGET_TYPE), value, meaning);
    to_pods
}

/// Whether clients come from outside decides nothing, but a word that nobody knows is told.
fn read_scheme(exposure: &Exposure, notes: &mut Notes) {
    let known = [
        (SCHEME, "internet-facing", "clients come from anywhere"),
        (SCHEME, "internal", "clients come from the network around"),
        (INTERNAL, "true", "clients come from the network around"),
        (INTERNAL, "0.0.0.0/0", "clients come from the network around"),
        (INTERNAL, "false", "clients come from anywhere"),
    ];
    for (key, words) in [(SCHEME, "internet-facing, internal"), (INTERNAL, "true, false")] {
        let Some(value) = exposure.annotation(key) else {
            continue;
        };
        match known.iter().find(|(of, word, _)| (*of, *word) == (key, value)) {
            Some((_, _, meaning)) => notes.read(annotation(key), value, *meaning),
            None => unknown(key, value, words, notes),
        }
    }
}

fn is_announced(exposure: &Exposure, version: &str, notes: &mut Notes) -> bool {
    let Some(value) = exposure.annotation(PROXY_PROTOCOL) else {
        return false;
    };
    if value != "*" {
        unknown(PROXY_PROTOCOL, value, "\"*\"", notes);
        return false;
    }
    let meaning = format!("each connection begins with a PROXY header, {version}");
    notes.read(annotation(PROXY_PROTOCOL), value, meaning);
    true
}

/// What is read of the attributes of target groups.
#[derive(Debug, Default)]
struct Attributes {
    keeps_addresses: Option<bool>,
    announces: Option<bool>,
}

impl Attributes {
    fn read(exposure: &Exposure, notes: &mut Notes) -> Self {
        let mut attributes = Self::default();
        let list = exposure.annotation(TARGET_GROUP_ATTRIBUTES).unwrap_or_default();
        for attribute in list.split(',').map(str::trim).filter(|attribute| !attribute.is_empty()) {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let (place, meanings) = match key.trim() {
                "preserve_client_ip.enabled" => (
                    &mut attributes.keeps_addresses,
                    [
                        "connections keep the client's address",
                        "connections have an address of the load balancer",
                    ],
                ),
                "proxy_protocol_v2.enabled" => (
                    &mut attributes.announces,
                    ["each connection begins with a PROXY header, v2", "no PROXY header"],
                ),
                _ => continue,
            };
            match value.trim() {
                "true" => notes.read(annotation(TARGET_GROUP_ATTRIBUTES), attribute, meanings[0]),
                "false" => notes.read(annotation(TARGET_GROUP_ATTRIBUTES), attribute, meanings[1]),
                _ => {
                    let words = format!("{key}=true, {key}=false");
                    unknown(TARGET_GROUP_ATTRIBUTES, attribute, &words, notes);
                    continue;
                }
            }
            *place = Some(value.trim() == "true");
        }
        attributes
    }
}

pub(super) fn unknown(key: &str, value: &str, words: &str, notes: &mut Notes) {
    notes.warn(
        annotation(key),
        format!("{value:?} is not known and not read (known: {words})"),
    );
}
