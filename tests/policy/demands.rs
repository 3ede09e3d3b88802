//! What users of ingress controllers have asked for since 2017, each demand by its name.

use std::net::IpAddr;

use anyhow::{Context as _, Result, bail, ensure};
use isoline_tests::{
    authority::Authority,
    client::{Answer, Dial},
    mint::Mint,
    objects, proxy_header,
    scene::Scene,
};
use serde_json::{Value, json};

use crate::nlb::{End, Nlb, Targets};

const HOST: &str = "shop.example.com";
const MINT: Mint = Mint::new("what only the staff knows");
/// Clients who may come.
const CLIENTS: &str = "203.0.113.0/24";
const PEER: &str = "127.0.0.1";

/// A host on which cleartext is redirected, but for `/plain`.
fn redirecting() -> Vec<Value> {
    let mut plain = objects::route("/plain", "shop");
    plain["permitInsecure"] = json!(true);
    let shop = objects::proxy("shop", HOST, &[objects::route("/", "shop"), plain]);
    vec![shop, objects::insecure_policy("shop", "Redirect")]
}

/// Where a client of a load balancer comes to who begins with `http` and with `https`.
async fn ends(scene: &Scene, targets: Targets) -> Result<[End; 2]> {
    let nlb = Nlb::start(targets, &Authority::new()?.certificate(HOST)?).await?;
    let path = "/basket?item=%20a&n=1";
    let ends = [
        nlb.follow(&format!("http://{HOST}{path}")).await?,
        nlb.follow(&format!("https://{HOST}{path}")).await?,
    ];
    for end in &ends {
        if let End::Answer(answer, _) = end {
            ensure!(answer.echo()?["path"] == path, "{:?}", answer.echo()?);
        }
    }
    ensure!(scene.controller.admin().check_live().await.is_ok());
    Ok(ends)
}

/// Once redirected from `http`, at once served over `https`, and the backend knows that it is `https`.
fn check_no_loop(ends: &[End; 2]) -> Result<()> {
    for (end, redirects) in ends.iter().zip([1, 0]) {
        let End::Answer(answer, urls) = end else {
            bail!("a loop");
        };
        ensure!(urls.len() - 1 == redirects, "redirected by way of {urls:?}");
        let echo = answer.echo()?;
        ensure!(echo["headers"]["x-forwarded-proto"] == "https", "{echo}");
    }
    Ok(())
}

#[tokio::test]
async fn a_load_balancer_that_ends_tls_and_sends_both_ports_to_one_makes_redirects_loop_unless_it_says_which()
-> Result<()> {
    let silent = Scene::start("{mode: L4TLS}", |_| Ok(redirecting())).await?;
    silent.controller.http().until_served(HOST, "/plain").await?;
    let http = silent.controller.ports.http();
    let to_one_port = |http, announces| Targets {
        http,
        https: http,
        announces,
    };
    for end in ends(&silent, to_one_port(http, false)).await? {
        ensure!(
            matches!(end, End::Loop),
            "nobody can tell cleartext from TLS here, and yet {end:?}"
        );
    }

    let announcing = Scene::start("{mode: L4TLS, proxyProtocol: Required, tlsPorts: [443]}", |_| {
        Ok(redirecting())
    })
    .await?;
    announcing
        .controller
        .http()
        .preamble(proxy_header::v2(80))
        .until_served(HOST, "/plain")
        .await?;
    let http = announcing.controller.ports.http();
    check_no_loop(&ends(&announcing, to_one_port(http, true)).await?)
}

#[tokio::test]
async fn a_load_balancer_that_ends_tls_and_sends_it_to_a_port_of_its_own_makes_no_loop() -> Result<()> {
    let scene = Scene::start("{mode: L4TLS}", |_| Ok(redirecting())).await?;
    scene.controller.http().until_served(HOST, "/plain").await?;
    let ports = &scene.controller.ports;
    let targets = Targets {
        http: ports.http(),
        https: ports.tls_offload(),
        announces: false,
    };
    check_no_loop(&ends(&scene, targets).await?)
}

/// A host that has a certificate; its cleartext is redirected by the HTTPProxy itself.
fn with_certificate(authority: &Authority) -> Result<Vec<Value>> {
    let routes = [objects::route("/", "shop")];
    Ok(vec![
        objects::secret("shop", &authority.certificate(HOST)?),
        objects::secure_proxy("shop", HOST, "shop", &routes),
    ])
}

#[tokio::test]
async fn a_host_whose_tls_envoy_could_end_makes_no_loop_at_a_port_of_its_own_or_with_a_policy() -> Result<()> {
    let scene = Scene::start("{mode: L4TLS}", with_certificate).await?;
    let ports = &scene.controller.ports;
    Dial::port(ports.tls_offload()).until_served(HOST, "/").await?;
    let targets = Targets {
        http: ports.http(),
        https: ports.tls_offload(),
        announces: false,
    };
    check_no_loop(&ends(&scene, targets).await?)?;

    let scene = Scene::start("{mode: L4TLS, proxyProtocol: Required, tlsPorts: [443]}", |authority| {
        let mut all = with_certificate(authority)?;
        all.push(objects::insecure_policy("shop", "Redirect"));
        Ok(all)
    })
    .await?;
    scene
        .controller
        .http()
        .preamble(proxy_header::v2(443))
        .until_served(HOST, "/")
        .await?;
    let http = scene.controller.ports.http();
    let targets = Targets {
        http,
        https: http,
        announces: true,
    };
    check_no_loop(&ends(&scene, targets).await?)
}

/// Routes that ask for a token, in cleartext too and only over TLS, and one that asks for none.
fn with_tokens() -> Vec<Value> {
    let asking = |prefix| {
        let mut route = objects::route(prefix, "shop");
        route["jwtVerificationPolicy"] = json!({"require": "staff"});
        route
    };
    let routes = [asking("/anyhow"), asking("/secure"), objects::route("/open", "shop")];
    let mut shop = objects::proxy("shop", HOST, &routes);
    shop["spec"]["virtualhost"]["jwtProviders"] =
        json!([{"name": "staff", "issuer": "mint.example.com", "localJWKS": {"secretName": "keys", "key": "jwks"}}]);
    let redirect = json!({"insecure": {"action": "Redirect"}});
    vec![
        MINT.secret("keys"),
        shop,
        objects::policy_under("/secure", "shop", "secure", &redirect),
    ]
}

async fn ask_with(dial: &Dial, path: &str, token: Option<&str>) -> Result<Answer> {
    let header = token.map(|token| ("Authorization", format!("Bearer {token}")));
    let headers: Vec<_> = header.iter().map(|(name, value)| (*name, value.as_str())).collect();
    dial.open().await?.get(HOST, path, &headers).await
}

#[tokio::test]
async fn tokens_are_verified_on_a_host_without_a_tls_block_where_tls_ends_in_front() -> Result<()> {
    let scene = Scene::start("{mode: L4TLS, proxyProtocol: Optional, tlsPorts: [443]}", |_| {
        Ok(with_tokens())
    })
    .await?;
    let controller = &scene.controller;
    controller.http().until_served(HOST, "/open").await?;
    let claims = |issuer, expires: u64| json!({"iss": issuer, "exp": expires, "sub": "somebody"});
    let later = 4_102_444_800;
    let good = MINT.token(&claims("mint.example.com", later))?;
    let forged = Mint::new("what everybody knows").token(&claims("mint.example.com", later))?;
    let old = MINT.token(&claims("mint.example.com", 1))?;
    let foreign = MINT.token(&claims("else.example.com", later))?;
    let unsigned = format!("{}.", good.rsplit_once('.').context("a token has parts")?.0);
    let offload = || Dial::port(controller.ports.tls_offload());
    let ways = [
        ("http", controller.http(), false),
        (
            "http, announced to port 80",
            controller.http().preamble(proxy_header::v2(80)),
            false,
        ),
        (
            "http, announced to port 443",
            controller.http().preamble(proxy_header::v2(443)),
            true,
        ),
        ("tls-offload", offload(), true),
        (
            "tls-offload, announced",
            offload().preamble(proxy_header::v1(443)),
            true,
        ),
    ];
    for (way, dial, over_tls) in ways {
        for bad in [None, Some(&forged), Some(&old), Some(&foreign), Some(&unsigned)] {
            let bad = bad.map(String::as_str);
            assert_eq!(ask_with(&dial, "/anyhow", bad).await?.status, 401, "{way} {bad:?}");
            let expected = if over_tls { 401 } else { 301 };
            assert_eq!(ask_with(&dial, "/secure", bad).await?.status, expected, "{way} {bad:?}");
        }
        assert_eq!(ask_with(&dial, "/anyhow", Some(&good)).await?.status, 200, "{way}");
        let expected = if over_tls { 200 } else { 301 };
        assert_eq!(ask_with(&dial, "/secure", Some(&good)).await?.status, expected, "{way}");
        assert_eq!(ask_with(&dial, "/open", None).await?.status, 200, "{way}");
    }
    // Where Envoy would end TLS nobody has a certificate for the host, so that nothing is served past the token.
    let https = controller.https().tls(HOST, &scene.http1);
    assert!(ask_with(&https, "/anyhow", None).await.is_err());
    Ok(())
}

/// Lists of the HTTPProxy and of a RoutePolicy, and a route that tells the backend who came.
fn with_lists() -> Vec<Value> {
    let mut listed = objects::route("/list", "shop");
    listed["ipAllowPolicy"] = json!([{"source": "Remote", "cidr": CLIENTS}]);
    let mut barred = objects::route("/bar", "shop");
    barred["ipDenyPolicy"] = json!([{"source": "Remote", "cidr": CLIENTS}]);
    let routes = [
        listed,
        barred,
        objects::route("/policy", "shop"),
        objects::route("/told", "shop"),
        objects::route("/appended", "shop"),
        objects::route("/", "shop"),
    ];
    let forward = |how| json!({"clientIP": {"forward": {"xForwardedFor": how, "xRealIP": true}}});
    vec![
        objects::proxy("shop", HOST, &routes),
        objects::policy_under("/policy", "shop", "lists", &json!({"access": {"allow": [CLIENTS]}})),
        objects::policy_under("/told", "shop", "told", &forward("Replace")),
        objects::policy_under("/appended", "shop", "appended", &forward("Append")),
    ]
}

/// `X-Forwarded-For`, line by line, and whose request it is behind one and behind two trusted hops.
const CHAINS: [(&[&str], &str, &str); 10] = [
    (&[], PEER, PEER),
    (&["203.0.113.7"], "203.0.113.7", PEER),
    (&["203.0.113.7, 192.0.2.1"], "192.0.2.1", "203.0.113.7"),
    (&["192.0.2.1,203.0.113.7"], "203.0.113.7", "192.0.2.1"),
    // Who writes an address of a friend before his own gains nothing.
    (
        &["203.0.113.7, 203.0.113.7, 192.0.2.9, 10.0.0.2"],
        "10.0.0.2",
        "192.0.2.9",
    ),
    (
        &["203.0.113.7, 203.0.113.8", "192.0.2.9", "10.0.0.2"],
        "10.0.0.2",
        "192.0.2.9",
    ),
    (&["junk, 203.0.113.7, 10.0.0.2"], "10.0.0.2", "203.0.113.7"),
    (&["203.0.113.7, junk"], PEER, "203.0.113.7"),
    (&["203.0.113.7, 192.0.2.1:80, 203.0.113.8"], "203.0.113.8", PEER),
    (&["2001:db8::7, 203.0.113.7"], "203.0.113.7", "2001:db8::7"),
];

/// What a backend was told in this header.
fn told(answer: &Answer, header: &str) -> Result<String> {
    let echo = answer.echo()?;
    let value = echo["headers"][header].as_str();
    Ok(value.with_context(|| format!("no {header} in {echo}"))?.to_owned())
}

#[tokio::test]
async fn the_address_of_a_client_is_found_behind_one_and_two_hops_whatever_it_writes_before_it() -> Result<()> {
    for hops in [1, 2] {
        let scene = Scene::start(
            &format!("{{mode: L7, trusted: {{hops: {hops}}}}}"),
            |_| Ok(with_lists()),
        )
        .await?;
        let controller = &scene.controller;
        controller.http().until_served(HOST, "/").await?;
        for port in [controller.ports.http(), controller.ports.tls_offload()] {
            let mut connection = Dial::port(port).open().await?;
            for (lines, by_one, by_two) in CHAINS {
                let client = if hops == 1 { by_one } else { by_two };
                let way = format!("{hops} hops, port {port}, {lines:?}");
                let headers: Vec<_> = lines.iter().map(|line| ("X-Forwarded-For", *line)).collect();
                let is_client = CLIENTS.parse::<ipnet::IpNet>()?.contains(&client.parse::<IpAddr>()?);
                let (allowed, denied) = if is_client { (200, 403) } else { (403, 200) };
                for (path, expected) in [("/list", allowed), ("/policy", allowed), ("/bar", denied)] {
                    let answer = connection.get(HOST, path, &headers).await?;
                    assert_eq!(answer.status, expected, "{way} {path}");
                }
                let answer = connection.get(HOST, "/told", &headers).await?;
                assert_eq!(told(&answer, "x-real-ip")?, client, "{way}");
                assert!(told(&answer, "x-forwarded-for")?.starts_with(client), "{way}");
                let answer = connection.get(HOST, "/appended", &headers).await?;
                assert_eq!(told(&answer, "x-real-ip")?, client, "{way}");
                let chain = told(&answer, "x-forwarded-for")?;
                assert!(chain.starts_with(&lines.join(",")), "{way}: {chain}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn clients_that_are_announced_and_clients_that_are_not_share_one_listener() -> Result<()> {
    let scene = Scene::start("{mode: L4TLS, proxyProtocol: Optional, tlsPorts: [443]}", |_| {
        let mut all = with_lists();
        all.push(objects::policy_under(
            "/closed",
            "shop",
            "closed",
            &json!({"insecure": {"action": "Deny"}}),
        ));
        Ok(all)
    })
    .await?;
    let controller = &scene.controller;
    controller.http().until_served(HOST, "/").await?;
    let stranger = "192.0.2.1:4711".parse()?;
    let clients = [
        (Vec::new(), PEER, "http"),
        (proxy_header::v1(443), "203.0.113.7", "https"),
        (proxy_header::v2(443), "203.0.113.7", "https"),
        (proxy_header::v2(80), "203.0.113.7", "http"),
        (
            proxy_header::version_2(stranger, "198.51.100.1:443".parse()?),
            "192.0.2.1",
            "https",
        ),
        (
            proxy_header::version_1(stranger, "198.51.100.1:80".parse()?),
            "192.0.2.1",
            "http",
        ),
        (proxy_header::version_2_local(), PEER, "http"),
    ];
    // All are open at once, and each keeps what was said of it.
    let mut connections = Vec::new();
    for (preamble, client, scheme) in clients {
        let connection = controller.http().preamble(preamble).open().await?;
        connections.push((connection, client, scheme));
    }
    let lies = [
        ("X-Forwarded-For", "203.0.113.99"),
        ("X-Forwarded-Proto", "https"),
        ("X-Real-IP", "203.0.113.99"),
    ];
    for round in 0..3 {
        for (connection, client, scheme) in &mut connections {
            let way = format!("{client} by {scheme}, round {round}");
            let is_client = client.starts_with("203.");
            let answer = connection.get(HOST, "/told", &lies).await?;
            assert_eq!(told(&answer, "x-real-ip")?, *client, "{way}");
            assert_eq!(told(&answer, "x-forwarded-proto")?, *scheme, "{way}");
            assert_eq!(
                connection.get(HOST, "/policy", &lies).await?.status,
                if is_client { 200 } else { 403 },
                "{way}"
            );
            assert_eq!(
                connection.get(HOST, "/list", &lies).await?.status,
                if is_client { 200 } else { 403 },
                "{way}"
            );
            let expected = if *scheme == "https" { 200 } else { 403 };
            assert_eq!(connection.get(HOST, "/closed", &lies).await?.status, expected, "{way}");
        }
    }
    Ok(())
}
