//! Every policy on every way to a route: nobody gets past one by writing a host in another way, or by another listener.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    authority::Authority,
    backend::Backend,
    client::Dial,
    controller::{Controller, LOCAL_SETTINGS},
    folder::Folder,
    mint::Mint,
    objects::{self, NAMESPACE},
};
use serde_json::{Value, json};
use tokio_rustls::rustls::ClientConfig;

/// A way to reach a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listener {
    Http,
    TlsOffload,
    /// With the host as SNI.
    Https,
    /// Without SNI.
    Fallback,
}

const CLEARTEXT: [Listener; 2] = [Listener::Http, Listener::TlsOffload];

/// What a route asks, and what a client sees who does not have it.
const GUARDED: [(&str, u16); 6] = [
    ("/jwt", 401),
    ("/jwt-answer", 401),
    ("/auth", 403),
    ("/ip", 403),
    ("/ip-moved", 403),
    ("/limit", 429),
];

/// Whose tokens the staff has.
const MINT: Mint = Mint::new("what only the staff knows");

struct Scene {
    controller: Controller,
    clients: [Arc<ClientConfig>; 2],
    nameless: Arc<ClientConfig>,
    _backend: Backend,
}

impl Scene {
    async fn start(settings: &str, objects: impl FnOnce(&Authority) -> Result<Vec<Value>>) -> Result<Self> {
        let authority = Authority::new()?;
        let backend = Backend::start("treasure").await?;
        let mut all = objects::service("treasure", &[backend.port()]);
        all.extend(objects(&authority)?);
        let folder = Folder::new()?;
        folder.write_objects("all.yaml", &all)?;
        let mut nameless = ClientConfig::clone(&*authority.client(&[])?);
        nameless.enable_sni = false;
        Ok(Self {
            controller: Controller::start(folder, &format!("{LOCAL_SETTINGS}\n{settings}")).await?,
            clients: [authority.client(&[])?, authority.client(&["h2"])?],
            nameless: Arc::new(nameless),
            _backend: backend,
        })
    }

    fn dial(&self, listener: Listener, host: &str, http2: bool) -> Dial {
        let name = host.split(':').next().unwrap_or_default();
        match listener {
            Listener::Http => self.controller.http(),
            Listener::TlsOffload => Dial::port(self.controller.ports.tls_offload()),
            Listener::Https => self.controller.https().tls(name, &self.clients[usize::from(http2)]),
            Listener::Fallback => self.controller.https().tls("spare.example.com", &self.nameless),
        }
    }

    async fn status(&self, listener: Listener, host: &str, http2: bool, path: &str) -> Result<u16> {
        let dial = self.dial(listener, host, http2);
        let mut connection = if http2 {
            dial.open_http2().await?
        } else {
            dial.open().await?
        };
        Ok(connection.get(host, path, &[]).await?.status)
    }
}

/// The ways in which a client may write a host.
fn spellings(host: &str) -> [String; 4] {
    let upper = host.to_ascii_uppercase();
    [
        host.to_owned(),
        upper.clone(),
        format!("{host}:8080"),
        format!("{upper}:443"),
    ]
}

fn route(prefix: &str, more: &Value) -> Value {
    let mut route = objects::route(prefix, "treasure");
    route["permitInsecure"] = json!(true);
    for (key, value) in more.as_object().into_iter().flatten() {
        if value.is_null() {
            route.as_object_mut().map(|route| route.remove(key));
        } else {
            route[key] = value.clone();
        }
    }
    route
}

fn deny_all() -> Value {
    json!([{"cidr": "127.0.0.0/8", "source": "Peer"}])
}

/// Routes with every policy that needs nothing of the host.
fn plain_routes() -> Vec<Value> {
    vec![
        route("/open", &json!({})),
        route("/ip", &json!({"ipDenyPolicy": deny_all()})),
        route(
            "/ip-moved",
            &json!({"ipDenyPolicy": deny_all(), "services": null, "requestRedirectPolicy": {"hostname": "else.example.com"}}),
        ),
        route(
            "/limit",
            &json!({"rateLimitPolicy": {"local": {"requests": 1, "unit": "hour"}}}),
        ),
    ]
}

fn all_routes() -> Vec<Value> {
    let mut routes = plain_routes();
    routes.extend([
        route("/jwt", &json!({"jwtVerificationPolicy": {"require": "staff"}})),
        route(
            "/jwt-answer",
            &json!({"jwtVerificationPolicy": {"require": "staff"}, "services": null, "directResponsePolicy": {"statusCode": 200}}),
        ),
        route("/auth", &json!({"authPolicy": {"disabled": false}})),
    ]);
    routes
}

/// A root that can ask everything, and whose TLS Envoy ends.
fn guarded(name: &str, fqdn: &str, certificate: &str) -> Value {
    let mut proxy = guarded_in_clear(name, fqdn);
    proxy["spec"]["virtualhost"]["tls"] = json!({"secretName": certificate});
    proxy
}

/// The same without a `tls` block.
fn guarded_in_clear(name: &str, fqdn: &str) -> Value {
    let mut proxy = objects::proxy(name, fqdn, &all_routes());
    let host = &mut proxy["spec"]["virtualhost"];
    host["jwtProviders"] = json!([{"name": "staff", "localJWKS": {"secretName": "keys", "key": "jwks"}}]);
    host["authorization"] = json!({
        "extensionRef": {"name": "gate"}, "serviceType": "http",
        "httpSettings": {"pathPrefix": "/status/403"}, "authPolicy": {"disabled": true},
    });
    proxy
}

fn gate() -> Value {
    json!({
        "apiVersion": "projectcontour.io/v1alpha1", "kind": "ExtensionService",
        "metadata": {"namespace": NAMESPACE, "name": "gate"},
        "spec": {"protocol": "http/1.1", "services": [{"name": "treasure", "port": 80}]},
    })
}

fn certificates(authority: &Authority, names: &[(&str, &str)]) -> Result<Vec<Value>> {
    let secrets = names
        .iter()
        .map(|(name, host)| Ok(objects::secret(name, &authority.certificate(host)?)));
    secrets.collect()
}

#[tokio::test]
async fn every_policy_holds_on_every_way_to_its_route() -> Result<()> {
    let fallback = format!("tls: {{fallback-certificate: {{namespace: {NAMESPACE}, name: spare}}}}");
    let scene = Scene::start(&fallback, |authority| {
        let mut all = certificates(
            authority,
            &[
                ("vault", "vault.example.com"),
                ("wild", "*.wild.example.com"),
                ("spare", "spare.example.com"),
            ],
        )?;
        let mut spare = objects::secure_proxy("spare", "spare.example.com", "spare", &plain_routes());
        spare["spec"]["virtualhost"]["tls"]["enableFallbackCertificate"] = json!(true);
        all.extend([
            MINT.secret("keys"),
            gate(),
            guarded("vault", "vault.example.com", "vault"),
            guarded("wild", "*.wild.example.com", "wild"),
            spare,
            guarded_in_clear("plain", "plain.example.com"),
            guarded_in_clear("plain-wild", "*.plain.example.com"),
        ]);
        Ok(all)
    })
    .await?;
    let [clear_http, clear_offload] = CLEARTEXT;
    let hosts: [(&str, &[Listener], bool); 5] = [
        ("vault.example.com", &[clear_http, clear_offload, Listener::Https], true),
        (
            "any.wild.example.com",
            &[clear_http, clear_offload, Listener::Https],
            true,
        ),
        (
            "spare.example.com",
            &[clear_http, clear_offload, Listener::Https, Listener::Fallback],
            false,
        ),
        ("plain.example.com", &CLEARTEXT, true),
        ("any.plain.example.com", &CLEARTEXT, true),
    ];
    let (mut tried, mut wrong) = (0, Vec::new());
    for (host, listeners, asks_all) in hosts {
        for &listener in listeners {
            for (spelling, http2) in spellings(host)
                .into_iter()
                .flat_map(|spelling| [(spelling.clone(), false), (spelling, true)])
            {
                if http2 && listener == Listener::Fallback {
                    continue;
                }
                let way = format!("{listener:?} {spelling} {}", if http2 { "HTTP/2" } else { "HTTP/1.1" });
                let ask = async |path: &str| {
                    scene
                        .status(listener, &spelling, http2, path)
                        .await
                        .context(way.clone())
                };
                let mut check = |path: &str, expected: u16, actual: u16| {
                    tried += 1;
                    if actual != expected {
                        wrong.push(format!("{way} {path}: {actual} instead of {expected}"));
                    }
                };
                check("/open", 200, ask("/open").await?);
                for (path, expected) in GUARDED {
                    if !asks_all
                        && !plain_routes()
                            .iter()
                            .any(|route| route["conditions"][0]["prefix"] == path)
                    {
                        continue;
                    }
                    if expected == 429 {
                        // The only token may be gone by an earlier way.
                        ask(path).await?;
                    }
                    check(path, expected, ask(path).await?);
                }
            }
        }
    }
    eprintln!("{tried} requests, {} wrong", wrong.len());
    ensure!(
        wrong.is_empty(),
        "{} of {tried} are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    Ok(())
}

#[tokio::test]
async fn a_hosts_own_rules_hold_for_paths_that_match_no_route() -> Result<()> {
    let scene = Scene::start("", |authority| {
        let mut barred = objects::secure_proxy(
            "barred",
            "*.barred.example.com",
            "barred",
            &[route("/open", &json!({}))],
        );
        barred["spec"]["virtualhost"]["ipDenyPolicy"] = deny_all();
        let mut all = certificates(authority, &[("barred", "*.barred.example.com")])?;
        all.push(barred);
        Ok(all)
    })
    .await?;
    for listener in [Listener::Http, Listener::TlsOffload, Listener::Https] {
        for host in spellings("a.barred.example.com") {
            for path in ["/open", "/nothing"] {
                let status = scene.status(listener, &host, false, path).await?;
                assert_eq!(status, 403, "{listener:?} {host}{path}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_redirect_that_envoy_follows_meets_the_policies_of_where_it_leads() -> Result<()> {
    let scene = Scene::start("", |authority| {
        let names = [("vault", "vault.example.com"), ("wild", "*.wild.example.com")];
        let mut all = certificates(authority, &names)?;
        for (name, host) in names {
            let mut routes = plain_routes();
            routes.push(route("/redirect", &json!({"internalRedirectPolicy": {}})));
            all.push(objects::secure_proxy(name, host, name, &routes));
        }
        Ok(all)
    })
    .await?;
    for listener in [Listener::Http, Listener::TlsOffload, Listener::Https] {
        let scheme = if listener == Listener::Https { "https" } else { "http" };
        for host in ["vault.example.com", "a.wild.example.com"] {
            for spelling in spellings(host) {
                let mut connection = scene.dial(listener, &spelling, false).open().await?;
                for (location, expected) in [
                    (format!("{scheme}://{host}/open/inside"), 200),
                    (format!("{scheme}://{host}/ip"), 403),
                    (format!("{scheme}://{host}/nothing"), 404),
                    (format!("{scheme}://else.example.com/open"), 302),
                ] {
                    let way = format!("{listener:?} {spelling} to {location}");
                    let answer = connection.get(&spelling, &format!("/redirect?{location}"), &[]).await?;
                    assert_eq!(answer.status, expected, "{way}");
                    let told = format!("{:?} {:?}", answer.headers, answer.body);
                    assert!(!told.contains("x-isoline"), "{way}: {told}");
                    if expected == 200 {
                        assert_eq!(answer.echo()?["path"], "/open/inside", "{way}");
                    }
                }
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_request_over_the_connection_of_another_host_is_misdirected() -> Result<()> {
    let scene = Scene::start("", |authority| {
        let mut all = certificates(
            authority,
            &[("vault", "vault.example.com"), ("wild", "*.wild.example.com")],
        )?;
        all.extend([
            MINT.secret("keys"),
            gate(),
            guarded("vault", "vault.example.com", "vault"),
            objects::secure_proxy("wild", "*.wild.example.com", "wild", &[route("/", &json!({}))]),
        ]);
        Ok(all)
    })
    .await?;
    let dial = scene.dial(Listener::Https, "a.wild.example.com", true);
    let mut connection = dial.open_http2().await?;
    for host in [
        "vault.example.com",
        "VAULT.EXAMPLE.COM",
        "vault.example.com:443",
        "b.wild.example.com",
    ] {
        assert_eq!(connection.get(host, "/open", &[]).await?.status, 421, "{host}");
    }
    assert_eq!(connection.get("a.wild.example.com", "/open", &[]).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn authorization_of_everything_leaves_no_way_around() -> Result<()> {
    let settings = format!(
        "globalExtAuth: {{extensionService: {NAMESPACE}/gate, serviceType: http, httpSettings: {{pathPrefix: /status/403}}}}"
    );
    let scene = Scene::start(&settings, |authority| {
        let mut all = certificates(authority, &[("vault", "vault.example.com"), ("ingress", "ingress.example.com")])?;
        let path = json!({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "treasure", "port": {"number": 80}}}});
        let mut redirect = route("/moved", &json!({"services": null}));
        redirect["requestRedirectPolicy"] = json!({"hostname": "else.example.com"});
        all.extend([
            gate(),
            objects::secure_proxy("vault", "vault.example.com", "vault", &[route("/", &json!({})), redirect]),
            objects::proxy("plain", "plain.example.com", &[route("/", &json!({}))]),
            json!({
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
                "metadata": {"namespace": NAMESPACE, "name": "all"},
                "spec": {
                    "tls": [{"hosts": ["ingress.example.com"], "secretName": "ingress"}],
                    "rules": [{"host": "ingress.example.com", "http": {"paths": [path]}}, {"http": {"paths": [path]}}],
                },
            }),
        ]);
        Ok(all)
    })
    .await?;
    let with_tls = [Listener::Http, Listener::TlsOffload, Listener::Https];
    let hosts: [(&str, &[Listener]); 4] = [
        ("vault.example.com", &with_tls),
        ("ingress.example.com", &with_tls),
        ("plain.example.com", &CLEARTEXT),
        ("nobody.example.com", &CLEARTEXT),
    ];
    for (host, listeners) in hosts {
        for &listener in listeners {
            for spelling in spellings(host) {
                for path in ["/", "/moved"] {
                    let status = scene.status(listener, &spelling, false, path).await?;
                    assert_eq!(status, 403, "{listener:?} {spelling}{path}");
                }
            }
        }
    }
    Ok(())
}
