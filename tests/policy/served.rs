//! The same cases over real sockets, through Envoy and whatever of it and of the filter is in force for them.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{Context as _, Result, ensure};
use isoline_policy::ProxyProtocol;
use isoline_tests::{
    authority::Authority,
    client::{Answer, Dial},
    objects,
    scene::Scene,
    wait::until,
};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    case::{self, Case, Proxy, Way},
    expected::{HOST, Outcome, Told, expected},
    front::{FRONTS, STRANGER, TRUSTED_PEER, settings},
    route::{HEADER, HSTS, Route, UNWANTED},
};

/// Of so many cases one is tried; prime, and no factor of what they are made of.
const EVERY: usize = 1009;
/// Who names no host gets the shop's certificate.
pub(crate) const FALLBACK: &str = "tls: {fallback-certificate: {namespace: web, name: shop}}";
/// How long nothing must come to be nothing.
const WAIT: Duration = Duration::from_millis(300);
/// How many wrong answers are told.
const SHOWN: usize = 30;

pub(crate) fn shop(authority: &Authority) -> Result<Vec<Value>> {
    let mut shop = objects::secure_proxy("shop", HOST, "shop", &Route::ALL.map(Route::route));
    shop["spec"]["virtualhost"]["tls"]["enableFallbackCertificate"] = json!(true);
    shop["spec"]["virtualhost"]["ipDenyPolicy"] = json!([{"source": "Remote", "cidr": UNWANTED}]);
    let other = [objects::route("/", "shop")];
    let mut all = vec![
        objects::secret("shop", &authority.certificate(HOST)?),
        shop,
        objects::secret("other", &authority.certificate("other.example.com")?),
        objects::secure_proxy("other", "other.example.com", "other", &other),
    ];
    all.extend(Route::ALL.into_iter().filter_map(Route::object));
    Ok(all)
}

struct Shop(Scene);

impl Shop {
    fn dial(&self, case: &Case) -> Dial {
        let peer = Ipv4Addr::from(if case.peer_is_ours { TRUSTED_PEER } else { STRANGER });
        let Scene {
            controller,
            http1,
            http2,
            nameless,
            ..
        } = &self.0;
        let ports = &controller.ports;
        let dial = match case.way {
            Way::Http => Dial::port(ports.http()),
            Way::TlsOffload => Dial::port(ports.tls_offload()),
            Way::Https => Dial::port(ports.https()).tls(HOST, http1),
            Way::Https2 => Dial::port(ports.https()).tls(HOST, http2),
            Way::OtherSni => Dial::port(ports.https()).tls("other.example.com", http1),
            Way::UnknownSni => Dial::port(ports.https()).tls("nobody.example.com", http1),
            Way::NoSni => Dial::port(ports.https()).tls(HOST, nameless),
        };
        dial.from(peer).preamble(case.proxy.bytes())
    }

    async fn ask(&self, case: &Case) -> Result<Answer> {
        let dial = self.dial(case);
        let mut connection = match case.way {
            Way::Https2 => dial.open_http2().await?,
            _ => dial.open().await?,
        };
        let mut headers: Vec<(&str, &str)> = vec![
            ("Forwarded", "for=203.0.113.7;proto=https"),
            ("X-Real-IP", "203.0.113.7"),
            ("x-isoline-forwarded-proto", "https"),
        ];
        headers.extend(case.forwarded_proto.map(|proto| ("X-Forwarded-Proto", proto)));
        headers.extend(case.forwarded_for.map(|chain| ("X-Forwarded-For", chain)));
        headers.extend(case.client_header.iter().map(|address| (HEADER, *address)));
        let target = format!("{}?b=%20c", case.route.path());
        connection.get(HOST, &target, &headers).await
    }
}

/// What the answer shows; of an answer that is none of the route's own, that it is nothing.
fn observed(answer: &Answer, route: Route) -> Result<Outcome> {
    Ok(match answer.status {
        403 => {
            ensure!(answer.body.is_empty() || !String::from_utf8_lossy(&answer.body).contains("203.0.113"));
            Outcome::Denied
        }
        301 | 308 => {
            let location = answer.location().context("a redirect has a Location")?;
            Outcome::Redirected(answer.status, location.to_owned())
        }
        200 => {
            let headers = answer.echo()?["headers"].clone();
            let text = |name: &str| headers[name].as_str().map(as_ipv4);
            let asks = |name| route.tells_client().then(|| text(name)).flatten();
            let hsts = answer.headers.get("strict-transport-security");
            let hsts = hsts.map(|value| value.to_str()).transpose()?;
            ensure!(hsts.is_none_or(|value| value == HSTS), "HSTS is {hsts:?}");
            ensure!(
                text("x-isoline-forwarded-proto").is_none(),
                "an internal header goes upstream"
            );
            Outcome::Served(Told {
                scheme: match text("x-forwarded-proto").as_deref() {
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
        _ => Outcome::Nothing,
    })
}

/// Of an IPv4 address that is written as IPv6, as Envoy by itself tells it on, only the address counts.
fn as_ipv4(told: &str) -> String {
    told.replace("::ffff:", "")
}

/// For a client on the loopback address Envoy appends an address of its own end.
fn same(observed: &Outcome, expected: &Outcome) -> bool {
    let is_loopback = |chain: &str| chain.rsplit(',').next().is_some_and(|last| last.starts_with("127."));
    let cut = match expected {
        Outcome::Served(told) => told.forwarded_for.as_deref().is_some_and(is_loopback),
        _ => false,
    };
    let plain = |outcome: &Outcome| match outcome.clone() {
        Outcome::Served(told) => Outcome::Served(Told {
            forwarded_for: told.forwarded_for.map(|chain| match chain.rsplit_once(',') {
                Some((before, _)) if cut => before.to_owned(),
                None if cut => String::new(),
                _ => chain,
            }),
            ..told
        }),
        other => other,
    };
    plain(observed) == plain(expected)
}

#[tokio::test]
async fn envoy_answers_as_the_table_says() -> Result<()> {
    let (mut tried, mut kinds, mut wrong) = (0, [0; 4], Vec::new());
    for (index, front) in FRONTS.into_iter().enumerate() {
        let shop = Shop(Scene::start_with(front, FALLBACK, &[], shop).await?);
        let load_balancer = settings(front);
        until("the shop is open", async || {
            let opening = Case {
                way: Way::Https,
                proxy: match load_balancer.proxy_protocol {
                    ProxyProtocol::Required => Proxy::V2("203.0.113.7", 443),
                    ProxyProtocol::Off | ProxyProtocol::Optional => Proxy::None,
                },
                peer_is_ours: true,
                forwarded_proto: None,
                forwarded_for: None,
                client_header: &[],
                route: Route::Permit,
            };
            let answer = shop.ask(&opening).await?;
            ensure!(answer.status == 200, "it answers {}", answer.status);
            Ok(())
        })
        .await?;
        for (number, case) in case::all().skip(index).step_by(EVERY).enumerate() {
            // Envoy waits for the rest of a header: a few of these show enough.
            if case.proxy == Proxy::Truncated && number % 20 != 0 {
                continue;
            }
            let expected = expected(&case, &load_balancer);
            kinds[match expected {
                Outcome::Served(_) => 0,
                Outcome::Redirected(..) => 1,
                Outcome::Denied => 2,
                Outcome::Nothing => 3,
            }] += 1;
            tried += 1;
            let patience = if case.proxy == Proxy::Truncated {
                WAIT
            } else {
                10 * WAIT
            };
            let observed = match timeout(patience, shop.ask(&case)).await {
                Ok(Ok(answer)) => observed(&answer, case.route),
                Ok(Err(_)) | Err(_) => Ok(Outcome::Nothing),
            };
            match observed {
                Ok(observed) if same(&observed, &expected) => {}
                observed => wrong.push(format!("{case:?} behind {front}: {observed:?} instead of {expected:?}")),
            }
        }
    }
    eprintln!(
        "{tried} cases: {kinds:?} served, redirected, denied, nothing; {} wrong",
        wrong.len()
    );
    let shown = &wrong[..wrong.len().min(SHOWN)];
    ensure!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), shown.join("\n"));
    Ok(())
}
