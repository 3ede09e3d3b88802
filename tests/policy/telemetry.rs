//! What operators can see of decisions: Envoy's counters and its access log.

use std::{collections::BTreeMap, fs, net::Ipv4Addr};

use anyhow::{Context as _, Result};
use isoline_tests::{
    client::Answer,
    objects::{self, NAMESPACE},
    proxy_header,
    scene::Scene,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::front::{STRANGER, TRUSTED_PEER};

const HOST: &str = "shop.example.com";
/// An HTTP proxy in front is believed if it is the trusted peer.
const FRONT: &str = r#"{"mode":"L7","proxyProtocol":"Optional","trusted":{"cidrs":["127.0.0.2/32"]}}"#;
const COUNTERS: &str = "wasmcustom.isoline_policy.";
const LOG: &str = "access.log";

/// One kind of request.
#[derive(Debug)]
struct Kind {
    peer: [u8; 4],
    preamble: Vec<u8>,
    host: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    status: u16,
    /// Which counters it moves.
    counts: &'static [&'static str],
    /// What the access log says: scheme, client, and what told it.
    logged: Logged,
}

/// Routes of which only the filter can judge.
fn shop() -> Vec<Value> {
    let with = |path: &str, fields| objects::policy_under(path, "shop", path.trim_start_matches('/'), &fields);
    let clients = json!({"allow": ["203.0.113.0/24", "127.0.0.0/8"]});
    let policies = [
        with("/redirect", json!({"insecure": {"action": "Redirect"}})),
        with("/deny", json!({"insecure": {"action": "Deny"}})),
        with("/access", json!({"access": clients})),
        with("/both", json!({"access": clients, "insecure": {"action": "Redirect"}})),
        with(
            "/header",
            json!({"clientIP": {"source": "Header", "header": {"name": "X-Client-IP"}}, "access": clients}),
        ),
    ];
    let routes = ["/redirect", "/deny", "/access", "/both", "/header"].map(|path| objects::route(path, "shop"));
    let mut all = vec![objects::proxy("shop", HOST, &routes)];
    all.extend(policies);
    all.extend(of_any_host());
    all
}

/// What is served whatever the host, and redirected.
fn of_any_host() -> [Value; 2] {
    let service = json!({"service": {"name": "shop", "port": {"number": 80}}});
    let ingress = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"namespace": NAMESPACE, "name": "any"},
        "spec": {"rules": [{"http": {"paths": [{"path": "/any", "pathType": "Prefix", "backend": service}]}}]},
    });
    let mut policy = objects::insecure_policy("any", "Redirect");
    policy["spec"]["targetRefs"] = json!([{"group": "networking.k8s.io", "kind": "Ingress", "name": "any"}]);
    [ingress, policy]
}

/// Scheme, client, and what told it.
type Logged = [Option<&'static str>; 3];

fn kind(
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    status: u16,
    counts: &'static [&'static str],
    logged: Logged,
) -> Kind {
    Kind {
        peer: TRUSTED_PEER,
        preamble: Vec::new(),
        host: HOST,
        path,
        headers,
        status,
        counts,
        logged,
    }
}

/// Those on routes that ask for no address.
fn of_scheme() -> Vec<Kind> {
    vec![
        kind(
            "/redirect/1",
            &[("X-Forwarded-Proto", "https")],
            200,
            &[],
            [Some("https"), None, None],
        ),
        kind("/redirect/2", &[], 301, &["redirected"], [Some("http"), None, None]),
        Kind {
            // A list is no host that a URL could have.
            host: "shop.example.com,else.example.com",
            ..kind("/any/3", &[], 403, &["denied_no_location"], [Some("http"), None, None])
        },
        kind(
            "/deny/4",
            &[("X-Forwarded-Proto", "http")],
            403,
            &["denied_insecure"],
            [Some("http"), None, None],
        ),
        kind(
            "/deny/5",
            &[("X-Forwarded-Proto", "https")],
            200,
            &[],
            [Some("https"), None, None],
        ),
    ]
}

/// Those on routes with lists of addresses.
fn of_addresses() -> Vec<Kind> {
    vec![
        kind(
            "/access/6",
            &[("X-Forwarded-For", "203.0.113.7")],
            200,
            &[],
            [Some("http"), Some("203.0.113.7"), Some("x-forwarded-for")],
        ),
        kind(
            "/access/7",
            &[("X-Forwarded-For", "203.0.113.7, 192.0.2.1")],
            403,
            &["denied_address"],
            [Some("http"), Some("192.0.2.1"), Some("x-forwarded-for")],
        ),
        // A client that may not come is not redirected either.
        kind(
            "/both/8",
            &[("X-Forwarded-For", "192.0.2.1")],
            403,
            &["denied_address"],
            [Some("http"), Some("192.0.2.1"), Some("x-forwarded-for")],
        ),
        kind(
            "/both/9",
            &[("X-Forwarded-For", "203.0.113.7")],
            301,
            &["redirected"],
            [Some("http"), Some("203.0.113.7"), Some("x-forwarded-for")],
        ),
        kind(
            "/access/10",
            &[("X-Forwarded-For", "junk")],
            200,
            &["malformed_forwarded_for"],
            [Some("http"), Some("127.0.0.2"), Some("peer")],
        ),
        kind(
            "/both/11",
            &[("X-Forwarded-Proto", "ftp"), ("X-Forwarded-For", "203.0.113.7:80")],
            301,
            &["malformed_forwarded_for", "malformed_forwarded_proto", "redirected"],
            [Some("http"), Some("127.0.0.2"), Some("peer")],
        ),
        kind(
            "/header/12",
            &[("X-Client-IP", "203.0.113.7")],
            200,
            &[],
            [Some("http"), Some("203.0.113.7"), Some("header")],
        ),
        kind(
            "/header/13",
            &[("X-Client-IP", "203.0.113.7"), ("X-Client-IP", "203.0.113.7")],
            200,
            &["malformed_client_header"],
            [Some("http"), Some("127.0.0.2"), Some("peer")],
        ),
    ]
}

/// Those of other peers, and of clients that are announced.
fn of_connections() -> Result<Vec<Kind>> {
    let stranger = proxy_header::version_2("192.0.2.1:4711".parse()?, "198.51.100.1:443".parse()?);
    Ok(vec![
        // What nobody may write is not looked at, and so cannot be malformed.
        Kind {
            peer: STRANGER,
            ..kind(
                "/both/14",
                &[("X-Forwarded-Proto", "ftp"), ("X-Forwarded-For", "junk")],
                301,
                &["redirected"],
                [Some("http"), Some("127.0.0.1"), Some("peer")],
            )
        },
        Kind {
            preamble: proxy_header::v2(443),
            ..kind(
                "/both/15",
                &[],
                200,
                &[],
                [Some("https"), Some("203.0.113.7"), Some("proxy-protocol")],
            )
        },
        Kind {
            preamble: stranger,
            ..kind(
                "/access/16",
                &[],
                403,
                &["denied_address"],
                [Some("https"), Some("192.0.2.1"), Some("proxy-protocol")],
            )
        },
    ])
}

fn kinds() -> Result<Vec<Kind>> {
    Ok([of_scheme(), of_addresses(), of_connections()?]
        .into_iter()
        .flatten()
        .collect())
}

async fn ask(scene: &Scene, kind: &Kind) -> Result<Answer> {
    let dial = scene.controller.http().from(Ipv4Addr::from(kind.peer));
    let mut connection = dial.preamble(kind.preamble.clone()).open().await?;
    connection.get(kind.host, kind.path, kind.headers).await
}

async fn counters(scene: &Scene) -> Result<BTreeMap<String, u64>> {
    let stats = scene.controller.admin().stats("isoline_policy").await?.into_iter();
    Ok(stats
        .filter_map(|(name, value)| Some((name.strip_prefix(COUNTERS)?.to_owned(), value)))
        .collect())
}

#[tokio::test]
async fn each_counter_grows_by_the_requests_of_its_kind() -> Result<()> {
    let scene = Scene::start(FRONT, |_| Ok(shop())).await?;
    scene.controller.http().until_served(HOST, "/access").await?;
    let mut expected = counters(&scene).await?;
    let names = [
        "denied_address",
        "denied_insecure",
        "denied_no_location",
        "malformed_client_header",
        "malformed_forwarded_for",
        "malformed_forwarded_proto",
        "redirected",
        "unjudged",
    ];
    assert!(expected.keys().eq(names), "{expected:?}");
    for (number, kind) in kinds()?.into_iter().enumerate() {
        // Each kind another number of times, so that none stands for another.
        for _ in 0..=number {
            assert_eq!(ask(&scene, &kind).await?.status, kind.status, "{kind:?}");
        }
        for counter in kind.counts {
            *expected.get_mut(*counter).context("a known counter")? += 1 + number as u64;
        }
        assert_eq!(counters(&scene).await?, expected, "{kind:?}");
    }
    Ok(())
}

/// A shop whose Envoy logs to a file.
struct LoggedShop {
    scene: Scene,
    folder: TempDir,
}

impl LoggedShop {
    async fn start(front: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let flags = ["--envoy-http-access-log", "--envoy-https-access-log"];
        let arguments = flags.map(|flag| format!("{flag}={}", folder.path().join(LOG).display()));
        let fields = "path, response_code, isoline_scheme, isoline_client_address, isoline_client_source";
        let settings = format!("accesslog-format: json\njson-fields: [{fields}]");
        let scene = Scene::start_with(front, &settings, &arguments, |_| Ok(shop())).await?;
        Ok(Self { scene, folder })
    }

    /// Ends Envoy, which then writes what it holds back: status and fields of each request, by its path.
    async fn end(mut self) -> Result<BTreeMap<String, (u64, [Option<String>; 3])>> {
        let process = &mut self.scene.controller.process;
        process.terminate()?;
        process.ended().await?;
        let log = fs::read_to_string(self.folder.path().join(LOG))?;
        let read = |line| {
            let line: Value = serde_json::from_str(line)?;
            let path = line["path"].as_str().context("a request has a path")?.to_owned();
            let status = line["response_code"].as_u64().context("a request has an answer")?;
            let fields = ["isoline_scheme", "isoline_client_address", "isoline_client_source"];
            Ok((
                path,
                (status, fields.map(|field| line[field].as_str().map(str::to_owned))),
            ))
        };
        log.lines().map(read).collect()
    }
}

#[tokio::test]
async fn the_access_log_tells_scheme_and_client_of_each_request_that_the_filter_judged() -> Result<()> {
    let shop = LoggedShop::start(FRONT).await?;
    shop.scene.controller.http().until_served(HOST, "/access").await?;
    let kinds = kinds()?;
    for kind in &kinds {
        assert_eq!(ask(&shop.scene, kind).await?.status, kind.status, "{kind:?}");
    }
    let lines = shop.end().await?;
    for kind in &kinds {
        let (status, logged) = &lines[kind.path];
        assert_eq!(*status, u64::from(kind.status), "{kind:?}");
        assert_eq!(logged.each_ref().map(Option::as_deref), kind.logged, "{kind:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_access_log_leaves_out_what_envoy_alone_decided() -> Result<()> {
    let shop = LoggedShop::start("{}").await?;
    shop.scene.controller.http().until_served(HOST, "/access").await?;
    let paths = [("/access/1", 200), ("/redirect/2", 301), ("/deny/3", 403)];
    for (path, status) in paths {
        assert_eq!(
            shop.scene.controller.http().get(HOST, path).await?.status,
            status,
            "{path}"
        );
    }
    let lines = shop.end().await?;
    for (path, status) in paths {
        assert_eq!(lines[path], (u64::from(status), [None, None, None]), "{path}");
    }
    Ok(())
}
