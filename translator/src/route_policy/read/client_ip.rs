//! `clientIP`.

use isoline_policy::{ClientIp, Forward, Trusted};

use super::networks;
use crate::{
    api::routepolicy::{ClientIpHeader, ClientIpSource, ClientIpSpec},
    proxy::headers,
};

/// Headers that Envoy or the filter writes: what a proxy in front wrote there is not what would be read.
const WRITTEN: [&str; 9] = [
    "connection",
    "content-length",
    "forwarded",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-proto",
    "x-request-id",
];

pub(super) fn read(spec: &ClientIpSpec, problems: &mut Vec<String>) -> ClientIp {
    match spec.source {
        ClientIpSource::Auto => ClientIp::Auto,
        ClientIpSource::Peer => ClientIp::Peer,
        ClientIpSource::ProxyProtocol => ClientIp::ProxyProtocol,
        ClientIpSource::ForwardedFor => {
            let written = spec.trusted_cidrs.as_deref().unwrap_or_default();
            ClientIp::ForwardedFor(Trusted {
                hops: spec.trusted_hops.unwrap_or_default(),
                cidrs: networks("spec.clientIP.trustedCIDRs", written, problems),
            })
        }
        ClientIpSource::Header => {
            if let Some(header) = &spec.header {
                return self::header(header, problems);
            }
            problems.push("spec.clientIP: the source Header needs a header: set clientIP.header.name".to_owned());
            ClientIp::Auto
        }
    }
}

pub(super) fn forward(spec: &ClientIpSpec) -> Option<Forward> {
    spec.forward.map(|spec| Forward {
        x_forwarded_for: spec.x_forwarded_for,
        x_real_ip: spec.x_real_ip,
    })
}

fn header(spec: &ClientIpHeader, problems: &mut Vec<String>) -> ClientIp {
    let name = spec.name.to_ascii_lowercase();
    if let Err(problem) = check(&name) {
        problems.push(format!("spec.clientIP.header.name: {:?} {problem}", spec.name));
    }
    ClientIp::Header {
        trusted_cidrs: networks("spec.clientIP.header.trustedCIDRs", &spec.trusted_cidrs, problems),
        name,
    }
}

fn check(name: &str) -> Result<(), &'static str> {
    if headers::check_name(name).is_err() {
        Err("is no name of a header: write one of letters, digits and '-', such as CF-Connecting-IP")
    } else if name == "x-forwarded-for" {
        Err("has a source of its own: use source ForwardedFor")
    } else if WRITTEN.contains(&name) || name.starts_with("x-isoline-") || name.starts_with("x-envoy-") {
        Err("is a header that Envoy or Isoline writes: use one that your proxy alone writes, such as CF-Connecting-IP")
    } else {
        Ok(())
    }
}
