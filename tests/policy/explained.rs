//! The same cases through `isoline explain --url`.

use std::net::IpAddr;

use anyhow::{Context as _, Result, ensure};
use isoline_policy::{LoadBalancer, Mode, ProxyHeader, ProxyProtocol};
use isoline_tests::authority::Authority;
use isoline_translator::{
    Change, Settings, Translator,
    explain::{Answer, Explanation, Forwarding, Request},
    manifest::{self, Content},
};
use serde_json::Value;

use crate::{
    case::{self, Case, Proxy, Way},
    expected::{HOST, Outcome, Told, expected},
    front::{FRONTS, STRANGER, TRUSTED_PEER, settings},
    route::{HEADER, HSTS, Route},
    served::{FALLBACK, shop},
};

/// Of so many cases one is explained; prime, and no factor of what they are made of.
const EVERY: usize = 307;

fn translator(front: &str, objects: &[Value]) -> Result<Translator> {
    let settings = format!("loadBalancer: {front}\nlisteners: {{tlsOffload: {{enabled: true}}}}\n{FALLBACK}\n");
    let mut translator = Translator::new(Settings::parse(&settings)?);
    for object in objects {
        for document in manifest::parse(&object.to_string())? {
            let Content::Object(object) = document.content else {
                anyhow::bail!("{object} is refused");
            };
            translator.apply([Change::Upsert(*object)]);
        }
    }
    Ok(translator)
}

fn request(case: &Case) -> Request {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let proto = case.forwarded_proto.map(|proto| header("X-Forwarded-Proto", proto));
    let chain = case.forwarded_for.map(|chain| header("X-Forwarded-For", chain));
    let named = case.client_header.iter().map(|address| header(HEADER, address));
    let proxy = |(source, destination_port, ended_tls)| ProxyHeader {
        source: Some(source),
        destination_port,
        ended_tls,
    };
    Request {
        url: format!("http://{HOST}{}?b=%20c", case.route.path()),
        headers: proto.into_iter().chain(chain).chain(named).collect(),
        listener: Some(case.way.listener()),
        server_name: match case.way {
            Way::OtherSni => Some("other.example.com".to_owned()),
            Way::UnknownSni => Some("nobody.example.com".to_owned()),
            Way::NoSni => Some(String::new()),
            _ => None,
        },
        peer: Some(IpAddr::from(if case.peer_is_ours { TRUSTED_PEER } else { STRANGER })),
        proxy: case.proxy.announces().map(proxy),
        ..Request::default()
    }
}

fn outcome(explanation: &Explanation, route: Route) -> Result<Outcome> {
    Ok(match &explanation.answer {
        Answer::Forward(forwarding) => Outcome::Served(told(forwarding, route)?),
        Answer::Redirect { status, location } => Outcome::Redirected(u16::try_from(*status)?, location.clone()),
        Answer::Respond { status: 403, .. } => Outcome::Denied,
        Answer::Respond { .. } | Answer::Closed { .. } | Answer::Tcp { .. } => Outcome::Nothing,
    })
}

fn told(forwarding: &Forwarding, route: Route) -> Result<Told> {
    let value = |headers: &[(String, String)], name: &str| {
        let header = headers.iter().find(|(it, _)| it == name);
        header.map(|(_, value)| value.clone())
    };
    let asks = |name| value(&forwarding.set_request_headers, name).filter(|_| route.tells_client());
    let scheme = value(&forwarding.set_request_headers, "x-forwarded-proto");
    let hsts = value(&forwarding.set_response_headers, "strict-transport-security");
    ensure!(hsts.as_ref().is_none_or(|value| value == HSTS), "HSTS is {hsts:?}");
    Ok(Told {
        scheme: match scheme.as_deref() {
            Some("https") => "https",
            Some("http") => "http",
            _ => "neither",
        },
        forwarded_for: asks("x-forwarded-for"),
        real_ip: asks("x-real-ip"),
        forwarded_port: asks("x-forwarded-port"),
        strict_transport_security: hsts.map(|_| HSTS),
    })
}

/// What is assumed in place of what a case leaves out, and connections that no request comes over, are left out; so are
/// those where the client finds the fallback certificate for another name than its own.
fn is_told_whole(case: &Case, front: &LoadBalancer) -> bool {
    let assumes_headers = front.mode == Mode::L7;
    let is_whole = case.forwarded_proto.is_some() && case.forwarded_for.is_some();
    let assumes_proxy = front.proxy_protocol == ProxyProtocol::Required;
    case.way != Way::UnknownSni
        && !matches!(case.proxy, Proxy::Truncated | Proxy::V2Local)
        && (is_whole || !assumes_headers)
        && (case.proxy.announces().is_some() || !assumes_proxy)
}

#[test]
fn every_case_is_explained_as_the_table_says() -> Result<()> {
    let mut objects = shop(&Authority::new()?)?;
    objects.extend(isoline_tests::objects::service("shop", &[80]));
    let mut cases = 0;
    for (index, text) in FRONTS.into_iter().enumerate() {
        let front = settings(text);
        let translator = translator(text, &objects)?;
        for case in case::all()
            .skip(index)
            .step_by(EVERY)
            .filter(|case| is_told_whole(case, &front))
        {
            let explanation = translator.explain(&request(&case))?;
            let outcome = outcome(&explanation, case.route).with_context(|| format!("{case:?}"))?;
            assert_eq!(
                outcome,
                expected(&case, &front),
                "{case:?} behind {front:?}\n{explanation}"
            );
            cases += 1;
        }
    }
    eprintln!("{cases} cases explained");
    ensure!(cases > 3_000, "{cases}");
    Ok(())
}
