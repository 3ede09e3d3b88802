//! What a backend is told of the scheme where Envoy serves a route alone is what the filter judges the same request by.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    authority::Authority,
    client::{Answer, Dial},
    objects, proxy_header,
    scene::Scene,
    wait::until,
};
use serde_json::{Value, json};

const HOST: &str = "shop.example.com";
/// Served by Envoy alone.
const OPEN: &str = "/open";
/// Redirected by the filter, if the client came in cleartext.
const JUDGED: &str = "/judged";
/// Answered by Envoy with a place whose scheme is that of the request.
const MOVED: &str = "/moved";

/// The lines of `X-Forwarded-Proto`.
const LINES: [&[&str]; 18] = [
    &[],
    &[""],
    &["http"],
    &["https"],
    &["HTTPS"],
    &["hTTp"],
    &["http,https"],
    &["https,http"],
    &["https", "http"],
    &["http", "https"],
    &["http", "HTTPS , "],
    &["https,\tHTTP\t"],
    &["http ,https\t "],
    &["ftp"],
    &["https,ftp"],
    &["xhttps"],
    &["httpsx"],
    &["http\u{17f}"],
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Http,
    TlsOffload,
    Https,
    Https2,
}

const WAYS: [Way; 4] = [Way::Http, Way::TlsOffload, Way::Https, Way::Https2];

fn shop(authority: &Authority) -> Result<Vec<Value>> {
    let mut open = objects::route(OPEN, "shop");
    open["permitInsecure"] = true.into();
    let judged = objects::route(JUDGED, "shop");
    let mut moved = json!({"conditions": [{"prefix": MOVED}], "requestRedirectPolicy": {"hostname": "b.example.com"}});
    moved["permitInsecure"] = true.into();
    Ok(vec![
        objects::secret("shop", &authority.certificate(HOST)?),
        objects::secure_proxy("shop", HOST, "shop", &[open, judged, moved]),
        objects::insecure_policy("shop", "Redirect"),
    ])
}

fn dial(scene: &Scene, way: Way) -> Dial {
    let ports = &scene.controller.ports;
    match way {
        Way::Http => Dial::port(ports.http()),
        Way::TlsOffload => Dial::port(ports.tls_offload()),
        Way::Https => Dial::port(ports.https()).tls(HOST, &scene.http1),
        Way::Https2 => Dial::port(ports.https()).tls(HOST, &scene.http2),
    }
}

async fn ask(scene: &Scene, way: Way, preamble: &[u8], path: &str, lines: &[&str]) -> Result<Answer> {
    let dial = dial(scene, way).preamble(preamble.to_vec());
    let mut connection = match way {
        Way::Https2 => dial.open_http2().await?,
        Way::Http | Way::TlsOffload | Way::Https => dial.open().await?,
    };
    let headers: Vec<_> = lines.iter().map(|line| ("X-Forwarded-Proto", *line)).collect();
    connection.get(HOST, path, &headers).await
}

/// Whether a redirect that keeps the scheme leads to this one. Over HTTP/2 the client says itself which it means.
async fn moves(scene: &Scene, way: Way, lines: &[&str], scheme: &str) -> Result<()> {
    if way != Way::Https2 {
        let moved = ask(scene, way, &[], MOVED, lines).await?;
        let location = moved.location().context("it is a redirect")?;
        ensure!(location.starts_with(&format!("{scheme}://")), "{location}");
    }
    Ok(())
}

/// The scheme that the filter has found.
fn judged(answer: &Answer) -> Result<&'static str> {
    match answer.status {
        200 => Ok("https"),
        301 => Ok("http"),
        status => anyhow::bail!("the filter answers {status}"),
    }
}

fn told(answer: &Answer) -> Result<String> {
    let headers = answer.echo()?["headers"].clone();
    let told = headers["x-forwarded-proto"].as_str();
    Ok(told.context("the backend is told nothing")?.to_owned())
}

/// Asks both routes the same and returns what both say.
async fn agreed(scene: &Scene, way: Way, preamble: &[u8], lines: &[&str]) -> Result<&'static str> {
    let judged = judged(&ask(scene, way, preamble, JUDGED, lines).await?)?;
    let told = told(&ask(scene, way, preamble, OPEN, lines).await?)?;
    ensure!(
        told == judged,
        "the backend is told {told}, the filter has found {judged}"
    );
    Ok(judged)
}

async fn open(front: &str, preamble: &[u8]) -> Result<Scene> {
    let scene = Scene::start(front, shop).await?;
    until("the shop is open", async || {
        agreed(&scene, Way::Https, preamble, &[]).await.map(drop)
    })
    .await?;
    Ok(scene)
}

#[tokio::test]
async fn the_last_word_of_a_trusted_hop_is_told() -> Result<()> {
    for front in [
        r#"{"mode": "L7", "trusted": {"hops": 1}}"#,
        r#"{"mode": "L4TLS", "trusted": {"hops": 1}}"#,
        r#"{"mode": "L7", "proxyProtocol": "Optional", "trusted": {"hops": 2}}"#,
    ] {
        let scene = open(front, &[]).await?;
        let mut found = [0, 0];
        for way in WAYS {
            for lines in LINES {
                let context = || format!("{way:?} with {lines:?} behind {front}");
                let scheme = agreed(&scene, way, &[], lines).await.with_context(context)?;
                found[usize::from(scheme == "https")] += 1;
                moves(&scene, way, lines, scheme).await.with_context(context)?;
            }
        }
        ensure!(!found.contains(&0), "{found:?}");
    }
    Ok(())
}

#[tokio::test]
async fn nobody_else_is_heard() -> Result<()> {
    for front in ["{}", r#"{"mode": "L4TLS"}"#] {
        let scene = open(front, &[]).await?;
        for way in WAYS {
            let scheme = if way == Way::Http { "http" } else { "https" };
            for lines in LINES {
                let context = || format!("{way:?} with {lines:?} behind {front}");
                let told = told(&ask(&scene, way, &[], OPEN, lines).await?)?;
                ensure!(told == scheme, "the backend is told {told}: {}", context());
                moves(&scene, way, lines, scheme).await.with_context(context)?;
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_proxy_header_is_told_before_any_word() -> Result<()> {
    let client = SocketAddr::new(Ipv4Addr::new(203, 0, 113, 7).into(), 56324);
    let to = |port| SocketAddr::new(IpAddr::from([198, 51, 100, 1]), port);
    for front in [
        r#"{"mode": "L4TLS", "proxyProtocol": "Optional", "tlsPorts": [443, 8443]}"#,
        r#"{"mode": "L7", "proxyProtocol": "Optional", "tlsPorts": [443, 8443], "trusted": {"hops": 1}}"#,
    ] {
        let scene = open(front, &[]).await?;
        let ssl = |flags| proxy_header::version_2_ssl(client, to(80), flags);
        for (preamble, scheme) in [
            (Vec::new(), "http"),
            (proxy_header::version_2_local(), "http"),
            (proxy_header::v1(80), "http"),
            (proxy_header::v1(443), "https"),
            (proxy_header::v2(8443), "https"),
            (ssl(0), "http"),
            (ssl(1), "https"),
            (ssl(6), "http"),
            (ssl(7), "https"),
            (ssl(0x80), "http"),
        ] {
            let found = agreed(&scene, Way::Http, &preamble, &["http"]).await;
            let found = found.with_context(|| format!("{preamble:?} behind {front}"))?;
            ensure!(found == scheme, "{found} for {preamble:?} behind {front}");
            for way in [Way::TlsOffload, Way::Https] {
                ensure!(agreed(&scene, way, &preamble, &["https"]).await? == "https", "{way:?}");
            }
        }
    }
    Ok(())
}
