//! Headers and PROXY headers that nobody means well with. Whatever comes, Envoy answers as the pure function decides on
//! the same facts, or refuses to answer at all; and it goes on to serve everybody else.

mod headers;
mod preface;

use std::{net::Ipv4Addr, time::Duration};

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, stream};
use isoline_policy::{
    Connection, Decision, Header, Listener, LoadBalancer, ProxyHeader, ProxyProtocol, RedirectStatus, Request as _,
    decide,
};
use isoline_tests::{
    client::Dial,
    proxy_header,
    scene::Scene,
    traffic::{connection::Answer, http1, result::Failure},
    wait::PATIENCE,
};
use proptest::{
    prelude::*,
    sample::select,
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tokio::time::timeout;

use crate::{
    expected::HOST,
    front::{STRANGER, TRUSTED_PEER, settings},
    route::Route,
    served::{FALLBACK, shop},
};
use headers::{Asked, Headers, headers};
use preface::{Beginning, beginning};

const FRONTS: [&str; 5] = [
    r#"{"mode":"L7","proxyProtocol":"Optional","trusted":{"cidrs":["127.0.0.2/32","198.51.100.0/24"]}}"#,
    r#"{"mode":"L4TLS","proxyProtocol":"Required","tlsPorts":[443,8443],"trusted":{"cidrs":["127.0.0.2/32","198.51.100.0/24"]}}"#,
    r#"{"mode":"L4TLS","proxyProtocol":"Optional","tlsPorts":[443]}"#,
    r#"{"mode":"L7","trusted":{"hops":1}}"#,
    r#"{"mode":"L7","trusted":{"hops":2}}"#,
];
/// For each front, on each of its lines.
const CONNECTIONS: usize = 4;
const REQUESTS_PER_CONNECTION: usize = 170;
/// For each front, one connection each.
const PREFACES: usize = 1_000;
/// Connections at once.
const AT_ONCE: usize = 24;
/// How long nothing must come to be nothing, where Envoy may wait for the rest of a PROXY header.
const WAIT: Duration = Duration::from_millis(400);
const SHOWN: usize = 20;

/// A way to the shop.
#[derive(Debug, Clone)]
struct Line {
    listener: Listener,
    peer: Ipv4Addr,
    preface: Vec<u8>,
}

/// What a client sees.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Backend,
    Redirect(u16, String),
    Denied,
    /// By Envoy itself, before there is a route.
    Refused,
    /// What should never be seen.
    Other(u16),
}

impl Seen {
    fn of(answer: Result<Answer, Failure>, asked: &Asked<'_>, front: &LoadBalancer) -> Result<Self> {
        let Ok(answer) = answer else {
            return Ok(Self::Refused);
        };
        // With a number of hops Envoy reads the scheme by itself, and wants one where there is a header.
        let has_no_scheme = asked.header(Header::ForwardedProto).is_some_and(|it| it.is_empty());
        let wants_scheme = front.trusted.hops > 0;
        Ok(match answer.status {
            200 => {
                let echo: serde_json::Value = serde_json::from_slice(&answer.body)?;
                let headers = echo["headers"].as_object().context("a backend echoes headers")?;
                let ours = headers.keys().find(|name| name.starts_with("x-isoline"));
                ensure!(ours.is_none(), "a backend is told {ours:?}");
                Self::Backend
            }
            301 | 308 => Self::Redirect(answer.status, answer.header("location").unwrap_or_default().to_owned()),
            403 if wants_scheme && has_no_scheme => Self::Refused,
            403 => Self::Denied,
            400 | 431 => Self::Refused,
            other => Self::Other(other),
        })
    }

    fn agrees_with(&self, decision: &Decision) -> bool {
        match (self, decision) {
            (Self::Refused, _) | (Self::Backend, Decision::Continue) | (Self::Denied, Decision::Deny(_)) => true,
            (Self::Redirect(status, to), Decision::Redirect { status_code, location }) => {
                RedirectStatus::try_from(*status).is_ok_and(|status| status == *status_code) && to == location
            }
            _ => false,
        }
    }
}

/// What came of many requests.
#[derive(Debug, Default)]
struct Tally {
    served: usize,
    redirected: usize,
    denied: usize,
    refused: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, seen: &Seen, expected: Option<&Decision>, what: impl FnOnce() -> String) {
        match seen {
            Seen::Backend => self.served += 1,
            Seen::Redirect(..) => self.redirected += 1,
            Seen::Denied => self.denied += 1,
            Seen::Refused => self.refused += 1,
            Seen::Other(_) => {}
        }
        let agrees = expected.map_or(*seen == Seen::Refused, |decision| seen.agrees_with(decision));
        if !agrees {
            self.wrong.push(format!("{seen:?} instead of {expected:?}: {}", what()));
        }
    }

    fn join(&mut self, other: Self) {
        self.served += other.served;
        self.redirected += other.redirected;
        self.denied += other.denied;
        self.refused += other.refused;
        self.wrong.extend(other.wrong);
    }

    fn all(&self) -> usize {
        self.served + self.redirected + self.denied + self.refused + self.wrong.len()
    }

    fn check(&self, what: &str) -> Result<()> {
        eprintln!(
            "{} {what}: {} served, {} redirected, {} denied, {} refused, {} wrong",
            self.all(),
            self.served,
            self.redirected,
            self.denied,
            self.refused,
            self.wrong.len()
        );
        let shown = &self.wrong[..self.wrong.len().min(SHOWN)];
        ensure!(
            self.wrong.is_empty(),
            "{} are wrong:\n{}",
            self.wrong.len(),
            shown.join("\n")
        );
        Ok(())
    }
}

fn decided(line: &Line, proxy: Option<ProxyHeader>, asked: &Asked<'_>, front: &LoadBalancer) -> Decision {
    let connection = Connection {
        listener: line.listener,
        peer: Some(line.peer.into()),
        proxy,
    };
    decide(&connection, asked, &asked.route.policy(), front, &mut ()).decision
}

fn sample<T>(strategy: &impl Strategy<Value = T>, runner: &mut TestRunner) -> Result<T> {
    let tree = strategy.new_tree(runner);
    Ok(tree
        .map_err(|reason| anyhow::anyhow!("nothing can be generated: {reason}"))?
        .current())
}

fn runner() -> TestRunner {
    TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

impl Line {
    fn dial(&self, scene: &Scene) -> Dial {
        let ports = &scene.controller.ports;
        let dial = match self.listener {
            Listener::Http => Dial::port(ports.http()),
            Listener::TlsOffload => Dial::port(ports.tls_offload()),
            Listener::Https => Dial::port(ports.https()).tls(HOST, &scene.http1),
        };
        dial.from(self.peer).preamble(self.preface.clone())
    }

    async fn open(&self, scene: &Scene) -> Result<http1::Connection> {
        Ok(http1::Connection::new(self.dial(scene).stream().await?))
    }
}

/// The lines that a front leaves open, each some times over.
fn lines(front: &LoadBalancer, runner: &mut TestRunner) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for listener in Listener::ALL {
        for peer in [TRUSTED_PEER, STRANGER] {
            for number in 0..CONNECTIONS {
                let preface = match front.proxy_protocol {
                    ProxyProtocol::Off => Vec::new(),
                    ProxyProtocol::Optional if number == 0 => Vec::new(),
                    ProxyProtocol::Optional | ProxyProtocol::Required => sample(&preface::valid(), runner)?,
                };
                lines.push(Line {
                    listener,
                    peer: peer.into(),
                    preface,
                });
            }
        }
    }
    Ok(lines)
}

/// One request after the other, on as few connections as Envoy's refusals allow.
async fn converse(scene: &Scene, front: &LoadBalancer, line: Line, requests: Vec<(Headers, Route)>) -> Result<Tally> {
    let mut tally = Tally::default();
    let proxy = match beginning(&line.preface) {
        Beginning::Plain => None,
        Beginning::Proxy(proxy, _) => proxy,
        Beginning::Malformed => anyhow::bail!("{line:?} is to be well-formed"),
    };
    let mut open = None;
    for (headers, route) in requests {
        let mut connection = match open.take() {
            Some(connection) => connection,
            // Some PROXY headers that the specification allows are refused as such.
            None => match line.open(scene).await {
                Ok(connection) => connection,
                Err(_) => return Ok(tally),
            },
        };
        let request = headers.request(route);
        let answer = timeout(PATIENCE, connection.send(&request, true)).await;
        let answer = answer.context("no answer and no end")?;
        let asked = Asked {
            headers: &headers,
            route,
        };
        let seen = Seen::of(answer, &asked, front)?;
        let decision = decided(&line, proxy, &asked, front);
        tally.add(&seen, Some(&decision), || {
            format!("{route:?} {headers:?} on {line:?} behind {front:?}")
        });
        open = Some(connection).filter(http1::Connection::is_reusable);
    }
    Ok(tally)
}

/// One request behind a PROXY header that may be anything.
async fn introduce(scene: &Scene, front: &LoadBalancer, line: Line, headers: Headers, route: Route) -> Result<Tally> {
    let request = headers.request(route);
    let all = [&line.preface[..], &request].concat();
    // HTTP allows empty lines before a request. Behind anything else there is no request.
    let is_request = |from| {
        let before: Option<&[u8]> = line.preface.get(from..);
        before.is_some_and(|before| before.iter().all(|byte| b"\r\n".contains(byte)))
    };
    let announced = match (beginning(&all), front.proxy_protocol) {
        (Beginning::Proxy(proxy, length), ProxyProtocol::Optional | ProxyProtocol::Required) if is_request(length) => {
            Some(proxy)
        }
        (Beginning::Plain, ProxyProtocol::Optional | ProxyProtocol::Off) if is_request(0) => Some(None),
        _ => None,
    };
    let asked = Asked {
        headers: &headers,
        route,
    };
    let decision = announced.map(|proxy| decided(&line, proxy, &asked, front));
    let mut connection = line.open(scene).await?;
    let seen = match timeout(WAIT, connection.send(&request, true)).await {
        Ok(answer) => Seen::of(answer, &asked, front)?,
        Err(_) => Seen::Refused,
    };
    let mut tally = Tally::default();
    tally.add(&seen, decision.as_ref(), || {
        let preface = line.preface.escape_ascii();
        format!(
            "{preface} before {route:?} {headers:?} to {:?} behind {front:?}",
            line.listener
        )
    });
    Ok(tally)
}

async fn start(front: &str) -> Result<Scene> {
    let scene = Scene::start_with(front, FALLBACK, &[], shop).await?;
    check_service(&scene, front).await?;
    Ok(scene)
}

/// Fails unless everybody else is served.
async fn check_service(scene: &Scene, front: &str) -> Result<()> {
    let preface = match settings(front).proxy_protocol {
        ProxyProtocol::Required => proxy_header::v2(443),
        ProxyProtocol::Off | ProxyProtocol::Optional => Vec::new(),
    };
    for listener in Listener::ALL {
        let line = Line {
            listener,
            peer: TRUSTED_PEER.into(),
            preface: preface.clone(),
        };
        line.dial(scene).until_served(HOST, &Route::Permit.path()).await?;
    }
    Ok(())
}

/// Fails if Envoy came to an end, with which its controller ends too, or if a request went unjudged.
async fn check_unharmed(scene: &mut Scene, front: &str) -> Result<()> {
    check_service(scene, front).await?;
    scene.controller.process.check_running()?;
    let stats = scene.controller.admin().stats("isoline_policy.unjudged").await?;
    ensure!(stats["wasmcustom.isoline_policy.unjudged"] == 0, "{stats:?}");
    Ok(())
}

#[tokio::test]
async fn no_headers_get_past_a_decision() -> Result<()> {
    let mut runner = runner();
    let (headers, routes) = (headers(), select(&Route::ALL[..]));
    let mut tally = Tally::default();
    for front in FRONTS {
        let mut scene = start(front).await?;
        let load_balancer = settings(front);
        let mut work = Vec::new();
        for line in lines(&load_balancer, &mut runner)? {
            let requests: Vec<_> = (0..REQUESTS_PER_CONNECTION)
                .map(|_| Ok((sample(&headers, &mut runner)?, sample(&routes, &mut runner)?)))
                .collect::<Result<_>>()?;
            work.push((line, requests));
        }
        let conversations = work
            .into_iter()
            .map(|(line, requests)| converse(&scene, &load_balancer, line, requests));
        for told in futures::future::try_join_all(conversations).await? {
            tally.join(told);
        }
        check_unharmed(&mut scene, front).await?;
    }
    tally.check("requests")?;
    ensure!(tally.all() >= 10_000, "only {} requests", tally.all());
    ensure!(tally.refused * 2 < tally.all(), "Envoy itself refused too many");
    Ok(())
}

#[tokio::test]
async fn no_proxy_header_gets_past_a_decision() -> Result<()> {
    let mut runner = runner();
    let (headers, routes) = (headers(), select(&Route::ALL[..]));
    let prefaces = prop_oneof![1 => preface::valid(), 3 => preface::mutated()].boxed();
    let doors = (
        select(&[Listener::Http, Listener::TlsOffload][..]),
        select(&[TRUSTED_PEER, STRANGER][..]),
    );
    let mut tally = Tally::default();
    for front in FRONTS {
        let mut scene = start(front).await?;
        let load_balancer = settings(front);
        let mut connections = Vec::new();
        for _ in 0..PREFACES {
            let (listener, peer) = sample(&doors, &mut runner)?;
            let line = Line {
                listener,
                peer: peer.into(),
                preface: sample(&prefaces, &mut runner)?,
            };
            let (headers, route) = (sample(&headers, &mut runner)?, sample(&routes, &mut runner)?);
            connections.push(introduce(&scene, &load_balancer, line, headers, route));
        }
        let mut answers = stream::iter(connections).buffer_unordered(AT_ONCE);
        while let Some(told) = answers.next().await {
            tally.join(told?);
        }
        drop(answers);
        check_unharmed(&mut scene, front).await?;
    }
    tally.check("PROXY headers")
}
