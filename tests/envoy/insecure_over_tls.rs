//! The insecure redirect where a proxy in front speaks HTTP: it may have taken a request in cleartext and encrypted it
//! again, so that its header, and only its header, decides even where TLS ends at Envoy.

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    authority::Authority,
    client::{Answer, Dial},
    objects,
    scene::Scene,
    wait::until,
};
use serde_json::{Value, json};

/// Settings, whether they make the client of this test somebody whose headers are believed, and whether it speaks HTTP.
/// A load balancer that does not hands on what clients wrote.
const FRONTS: [(&str, bool, bool); 5] = [
    ("{mode: L7, trusted: {cidrs: [127.0.0.0/8]}}", true, true),
    ("{mode: L7, trusted: {hops: 1}}", true, true),
    ("{mode: L7, trusted: {cidrs: [10.0.0.0/8]}}", false, true),
    ("{mode: L7}", false, true),
    ("{mode: L4TLS, trusted: {cidrs: [127.0.0.0/8]}}", true, false),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Listener {
    Http,
    TlsOffload,
    Https,
    /// The same over HTTP/2.
    Https2,
}

const LISTENERS: [Listener; 4] = [Listener::Http, Listener::TlsOffload, Listener::Https, Listener::Https2];

/// `X-Forwarded-Proto`, and whether it says `https`, if it says anything.
const HEADERS: [(&[&str], Option<bool>); 8] = [
    (&[], None),
    (&["http"], Some(false)),
    (&["HTTP"], Some(false)),
    (&["https"], Some(true)),
    (&["https,http"], Some(false)),
    (&["http, https"], Some(true)),
    (&["https", "http"], Some(false)),
    (&["ftp"], None),
];

/// A host, a path, and what becomes of a request in cleartext.
const ROUTES: [(&str, &str, Outcome); 4] = [
    ("shop.example.com", "/a?b=c", Outcome::Redirected),
    ("any.mall.example.com", "/a?b=c", Outcome::Redirected),
    ("shop.example.com", "/plain", Outcome::Served),
    ("closed.example.com", "/", Outcome::Denied),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Outcome {
    Served,
    Redirected,
    Denied,
}

fn shop(authority: &Authority) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    let mut plain = objects::route("/plain", "shop");
    plain["permitInsecure"] = json!(true);
    for (name, fqdn, action) in [
        ("shop", "shop.example.com", "Redirect"),
        ("mall", "*.mall.example.com", "Redirect"),
        ("closed", "closed.example.com", "Deny"),
    ] {
        let routes = [objects::route("/", "shop"), plain.clone()];
        all.extend([
            objects::secret(name, &authority.certificate(fqdn)?),
            objects::secure_proxy(name, fqdn, name, &routes),
            objects::insecure_policy(name, action),
        ]);
    }
    Ok(all)
}

struct Shop(Scene);

impl Shop {
    async fn open(front: &str) -> Result<Self> {
        let shop = Self(Scene::start(front, shop).await?);
        for listener in LISTENERS {
            until("the shop is open", async || {
                let answer = shop.ask(listener, "shop.example.com", "/plain", &[]).await?;
                ensure!(answer.status == 200, "{listener:?} answers {}", answer.status);
                Ok(())
            })
            .await?;
        }
        Ok(shop)
    }

    async fn ask(&self, listener: Listener, host: &str, path: &str, protos: &[&str]) -> Result<Answer> {
        let Scene {
            controller,
            http1,
            http2,
            ..
        } = &self.0;
        let headers: Vec<_> = protos.iter().map(|proto| ("X-Forwarded-Proto", *proto)).collect();
        let mut connection = match listener {
            Listener::Http => controller.http().open().await?,
            Listener::TlsOffload => Dial::port(controller.ports.tls_offload()).open().await?,
            Listener::Https => controller.https().tls(host, http1).open().await?,
            Listener::Https2 => controller.https().tls(host, http2).open_http2().await?,
        };
        connection.get(host, path, &headers).await
    }
}

/// What the answer shows, if it is an answer that may be.
fn observed(answer: &Answer, host: &str, path: &str) -> Result<Outcome> {
    match answer.status {
        200 => Ok(Outcome::Served),
        403 => Ok(Outcome::Denied),
        301 => {
            let location = answer.location().context("a redirect has a Location")?;
            ensure!(location == format!("https://{host}{path}"), "redirected to {location}");
            Ok(Outcome::Redirected)
        }
        other => anyhow::bail!("status {other}"),
    }
}

#[tokio::test]
async fn the_header_of_a_trusted_proxy_decides_even_over_tls_and_nobody_elses_does() -> Result<()> {
    let (mut tried, mut wrong) = (0, Vec::new());
    for (front, is_trusted, speaks_http) in FRONTS {
        let shop = Shop::open(front).await?;
        for listener in LISTENERS {
            let came_in_clear = listener == Listener::Http;
            for (protos, says_https) in HEADERS {
                let believed = says_https.filter(|_| is_trusted && (came_in_clear || speaks_http));
                let is_https = believed.unwrap_or(!came_in_clear);
                for (host, path, in_clear) in ROUTES {
                    let expected = if is_https { Outcome::Served } else { in_clear };
                    let way = format!("{front} {listener:?} {host}{path} {protos:?}");
                    let answer = shop.ask(listener, host, path, protos).await.context(way.clone())?;
                    tried += 1;
                    match observed(&answer, host, path) {
                        Ok(outcome) if outcome == expected => {}
                        outcome => wrong.push(format!("{way}: {outcome:?} instead of {expected:?}")),
                    }
                }
            }
        }
    }
    eprintln!("{tried} requests, {} wrong", wrong.len());
    ensure!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}
