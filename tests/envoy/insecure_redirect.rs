//! The insecure redirect where TLS ends at the load balancer: every way in, every way to write a host, every spoof.

use anyhow::{Context as _, Result};
use isoline_tests::{
    backend::Backend,
    client::{Answer, Dial},
    controller::{Controller, LOCAL_SETTINGS},
    folder::Folder,
    objects, proxy_header,
};
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Listener {
    Http,
    TlsOffload,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Proxy {
    None,
    V1(u16),
    V2(u16),
}

/// What the host's policy says of cleartext.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Policy {
    /// All is redirected, but `/plain` where there is such a route.
    Redirect {
        plain: bool,
    },
    Allow,
    Deny,
}

/// A host as a client writes it, and what is in force for it.
const HOSTS: [(&str, Policy); 13] = [
    ("shop.example.com", Policy::Redirect { plain: true }),
    ("SHOP.EXAMPLE.COM", Policy::Redirect { plain: true }),
    ("shop.example.com:8080", Policy::Redirect { plain: true }),
    ("Shop.Example.Com:80", Policy::Redirect { plain: true }),
    ("shoes.mall.example.com", Policy::Redirect { plain: false }),
    ("SHOES.Mall.example.com", Policy::Redirect { plain: false }),
    ("shoes.mall.example.com:8081", Policy::Redirect { plain: false }),
    ("open.mall.example.com", Policy::Allow),
    ("OPEN.MALL.EXAMPLE.COM", Policy::Allow),
    ("open.mall.example.com:443", Policy::Allow),
    ("closed.mall.example.com", Policy::Deny),
    ("Closed.Mall.Example.Com", Policy::Deny),
    ("closed.mall.example.com:443", Policy::Deny),
];

const LISTENERS: [Listener; 2] = [Listener::Http, Listener::TlsOffload];
const PROXIES: [Proxy; 5] = [
    Proxy::None,
    Proxy::V1(443),
    Proxy::V1(80),
    Proxy::V2(443),
    Proxy::V2(80),
];
const PATHS: [&str; 4] = ["/", "/plain", "/a%20b?q=1&r=%2F", "/plain/../secret"];
const FORWARDED: (&str, &str) = ("X-Forwarded-Proto", "https");
const SPOOFS: [&[(&str, &str)]; 6] = [
    &[],
    &[FORWARDED],
    &[("X-Forwarded-Proto", "http")],
    &[("x-isoline-forwarded-proto", "https")],
    &[
        ("x-isoline-scope", "http|www.example.com"),
        ("x-isoline-scope", "tls-offload|www.example.com"),
    ],
    &[
        ("X-Forwarded-Proto", "https,http"),
        ("x-isoline-scope", "http|open.mall.example.com"),
    ],
];

/// How many wrong answers are told.
const SHOWN: usize = 40;

#[derive(Debug)]
struct Case {
    listener: Listener,
    proxy: Proxy,
    path: &'static str,
    host: &'static str,
    policy: Policy,
    headers: &'static [(&'static str, &'static str)],
}

/// What a client sees.
#[derive(Debug, PartialEq)]
enum Outcome {
    Served,
    Redirected(String),
    Denied,
}

/// Whether the client spoke TLS to the load balancer.
fn is_secure(case: &Case, headers_are_believed: bool) -> bool {
    match (case.listener, case.proxy) {
        (Listener::TlsOffload, _) | (_, Proxy::V1(443) | Proxy::V2(443)) => true,
        (Listener::Http, Proxy::None) => headers_are_believed && case.headers.contains(&FORWARDED),
        // Who announces the client by a PROXY header passes the client's own headers on.
        (Listener::Http, _) => false,
    }
}

/// What a client must see.
fn expected(case: &Case, is_secure: bool) -> Outcome {
    match case.policy {
        _ if is_secure => Outcome::Served,
        Policy::Allow => Outcome::Served,
        Policy::Deny => Outcome::Denied,
        Policy::Redirect { plain: true } if case.path == "/plain" => Outcome::Served,
        Policy::Redirect { .. } => {
            let host = case.host.split(':').next().unwrap_or_default();
            // Envoy resolves dot segments before anything is decided.
            let path = if case.path == "/plain/../secret" {
                "/secret"
            } else {
                case.path
            };
            Outcome::Redirected(format!("https://{host}{path}"))
        }
    }
}

fn observed(answer: &Answer) -> Result<Outcome> {
    Ok(match answer.status {
        200 => Outcome::Served,
        403 => Outcome::Denied,
        301 => Outcome::Redirected(answer.location().context("a redirect has a Location")?.to_owned()),
        other => anyhow::bail!("status {other}"),
    })
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for listener in LISTENERS {
        for proxy in PROXIES {
            for path in PATHS {
                for (host, policy) in HOSTS {
                    cases.extend(SPOOFS.map(|headers| Case {
                        listener,
                        proxy,
                        path,
                        host,
                        policy,
                        headers,
                    }));
                }
            }
        }
    }
    cases
}

async fn check_all(settings: &str, headers_are_believed: bool) -> Result<()> {
    let backend = Backend::start("shop").await?;
    let controller = Controller::start(folder(&backend)?, settings).await?;
    let cases = cases();
    let mut wrong = Vec::new();
    for case in &cases {
        let answer = ask(&controller, case).await.with_context(|| format!("{case:?}"))?;
        let is_secure = is_secure(case, headers_are_believed);
        let expected = expected(case, is_secure);
        match observed(&answer) {
            Ok(outcome) if outcome == expected => {}
            outcome => wrong.push(format!("{case:?}: expected {expected:?}, got {outcome:?}")),
        }
        if let Ok(echo) = answer.echo() {
            let scheme = if is_secure { "https" } else { "http" };
            let told = &echo["headers"]["x-forwarded-proto"];
            if told != scheme {
                wrong.push(format!("{case:?}: the backend is told {told} instead of {scheme}"));
            }
            let ours = ours(&echo["headers"]);
            assert!(ours.is_empty(), "{case:?}: the backend sees {ours:?}");
        }
    }
    eprintln!("{} cases, {} wrong", cases.len(), wrong.len());
    let shown = &wrong[..wrong.len().min(SHOWN)];
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), shown.join("\n"));
    Ok(())
}

fn ours(headers: &Value) -> Vec<&String> {
    let names = headers.as_object().into_iter().flat_map(|headers| headers.keys());
    names.filter(|name| name.contains("isoline")).collect()
}

async fn ask(controller: &Controller, case: &Case) -> Result<Answer> {
    let port = match case.listener {
        Listener::Http => controller.ports.http(),
        Listener::TlsOffload => controller.ports.tls_offload(),
    };
    let preamble = match case.proxy {
        Proxy::None => Vec::new(),
        Proxy::V1(port) => proxy_header::v1(port),
        Proxy::V2(port) => proxy_header::v2(port),
    };
    Dial::port(port)
        .preamble(preamble)
        .open()
        .await?
        .get(case.host, case.path, case.headers)
        .await
}

fn folder(backend: &Backend) -> Result<Folder> {
    let mut plain = objects::route("/plain", "shop");
    plain["permitInsecure"] = json!(true);
    let everything = [objects::route("/", "shop")];
    let mut all = objects::service("shop", &[backend.port()]);
    all.extend([
        objects::proxy("shop", "shop.example.com", &[objects::route("/", "shop"), plain]),
        objects::insecure_policy("shop", "Redirect"),
        objects::proxy("mall", "*.mall.example.com", &everything),
        objects::insecure_policy("mall", "Redirect"),
        objects::proxy("open", "open.mall.example.com", &everything),
        objects::proxy("closed", "closed.mall.example.com", &everything),
        objects::insecure_policy("closed", "Deny"),
        objects::proxy("www", "www.example.com", &everything),
    ]);
    let folder = Folder::new()?;
    folder.write_objects("shop.yaml", &all)?;
    Ok(folder)
}

#[tokio::test]
async fn insecure_redirect_on_every_shape() -> Result<()> {
    check_all(LOCAL_SETTINGS, false).await
}

#[tokio::test]
async fn insecure_redirect_believes_the_headers_of_a_trusted_proxy() -> Result<()> {
    let trusted = "loadBalancer:\n  trusted: {cidrs: [127.0.0.0/8]}\n";
    check_all(&LOCAL_SETTINGS.replacen("loadBalancer:\n", trusted, 1), true).await
}
