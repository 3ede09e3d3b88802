//! The insecure redirect where a proxy in front speaks HTTP: it may have taken a request in cleartext and encrypted it
//! again, so that its header, and only its header, decides even where TLS ends at Envoy.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    authority::Authority,
    backend::Backend,
    client::{Answer, Dial},
    controller::Controller,
    folder::Folder,
    objects,
    wait::until,
};
use serde_json::json;
use tokio_rustls::rustls::ClientConfig;

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

struct Scene {
    controller: Controller,
    http1: Arc<ClientConfig>,
    http2: Arc<ClientConfig>,
    _backend: Backend,
}

impl Scene {
    async fn start(front: &str) -> Result<Self> {
        let authority = Authority::new()?;
        let backend = Backend::start("shop").await?;
        let folder = Folder::new()?;
        let mut all = objects::service("shop", &[backend.port()]);
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
        folder.write_objects("all.yaml", &all)?;
        let settings =
            format!("loadBalancer: {front}\nlisteners: {{address: 127.0.0.1, tlsOffload: {{enabled: true}}}}\n");
        let scene = Self {
            controller: Controller::start(folder, &settings).await?,
            http1: authority.client(&[])?,
            http2: authority.client(&["h2"])?,
            _backend: backend,
        };
        for listener in LISTENERS {
            until("the shop is open", async || {
                let answer = scene.ask(listener, "shop.example.com", "/plain", &[]).await?;
                ensure!(answer.status == 200, "{listener:?} answers {}", answer.status);
                Ok(())
            })
            .await?;
        }
        Ok(scene)
    }

    async fn ask(&self, listener: Listener, host: &str, path: &str, protos: &[&str]) -> Result<Answer> {
        let headers: Vec<_> = protos.iter().map(|proto| ("X-Forwarded-Proto", *proto)).collect();
        let mut connection = match listener {
            Listener::Http => self.controller.http().open().await?,
            Listener::TlsOffload => Dial::port(self.controller.ports.tls_offload()).open().await?,
            Listener::Https => self.controller.https().tls(host, &self.http1).open().await?,
            Listener::Https2 => self.controller.https().tls(host, &self.http2).open_http2().await?,
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
        let scene = Scene::start(front).await?;
        for listener in LISTENERS {
            let came_in_clear = listener == Listener::Http;
            for (protos, says_https) in HEADERS {
                let believed = says_https.filter(|_| is_trusted && (came_in_clear || speaks_http));
                let is_https = believed.unwrap_or(!came_in_clear);
                for (host, path, in_clear) in ROUTES {
                    let expected = if is_https { Outcome::Served } else { in_clear };
                    let way = format!("{front} {listener:?} {host}{path} {protos:?}");
                    let answer = scene.ask(listener, host, path, protos).await.context(way.clone())?;
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
