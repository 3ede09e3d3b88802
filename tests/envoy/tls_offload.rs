//! Policies of a host without a `tls` block where TLS ends at the load balancer: word for word the answers that a host
//! gets of which Envoy ends TLS.

use anyhow::{Context as _, Result};
use isoline_tests::{
    authority::Authority,
    backend::Backend,
    client::Dial,
    limiter::GREEDY,
    mint::Mint,
    objects::{self, NAMESPACE},
    proxy_header,
    scene::Scene,
};
use serde_json::{Value, json};

const MINT: Mint = Mint::new("what only the staff knows");

/// Its TLS is ended by Envoy.
const WITH: &str = "with.example.com";
/// Two without a `tls` block, so that limits are not shared.
const WITHOUT: [&str; 2] = ["without.example.com", "announced.example.com"];

/// A front, and whether a policy redirects cleartext.
const FRONTS: [(&str, bool); 4] = [
    ("{mode: L4TLS, proxyProtocol: Optional, tlsPorts: [443]}", false),
    ("{mode: L4TLS, proxyProtocol: Optional, tlsPorts: [443]}", true),
    (
        "{mode: L7, proxyProtocol: Optional, tlsPorts: [443], trusted: {cidrs: [127.0.0.0/8]}}",
        true,
    ),
    (
        "{mode: L4TLS, proxyProtocol: Optional, tlsPorts: [443], trusted: {hops: 1}}",
        true,
    ),
];

/// A path, a header, and how one such request after the other is answered.
type Requests<'a> = (&'a str, Option<(&'a str, &'a str)>, &'a [u16]);

fn routes() -> Vec<Value> {
    let with = |prefix: &str, key: &str, value: Value| {
        let mut route = objects::route(prefix, "shop");
        route[key] = value;
        route
    };
    // Authorization sees `/status/403` and answers with that; the shop would see another path.
    let mut asked = with("/status", "authPolicy", json!({"disabled": false}));
    asked["pathRewritePolicy"] = json!({"replacePrefix": [{"replacement": "/served"}]});
    let by_user = json!([{"entries": [{"requestHeader": {"headerName": "X-User", "descriptorKey": "user"}}]}]);
    vec![
        objects::route("/open", "shop"),
        with("/token", "jwtVerificationPolicy", json!({"require": "staff"})),
        asked,
        with(
            "/local",
            "rateLimitPolicy",
            json!({"local": {"requests": 3, "unit": "hour"}}),
        ),
        with(
            "/global",
            "rateLimitPolicy",
            json!({"global": {"descriptors": by_user}}),
        ),
    ]
}

fn host(name: &str, fqdn: &str, redirects: bool) -> Vec<Value> {
    let mut proxy = objects::proxy(name, fqdn, &routes());
    let host = &mut proxy["spec"]["virtualhost"];
    host["jwtProviders"] = json!([{"name": "staff", "localJWKS": {"secretName": "keys", "key": "jwks"}}]);
    host["authorization"] = json!({
        "extensionRef": {"name": "gate"}, "serviceType": "http", "authPolicy": {"disabled": true},
    });
    let mut all = vec![proxy];
    if redirects {
        all.push(objects::insecure_policy(name, "Redirect"));
    }
    all
}

fn extension(name: &str, protocol: &str, service: &str) -> Value {
    json!({
        "apiVersion": "projectcontour.io/v1alpha1", "kind": "ExtensionService",
        "metadata": {"namespace": NAMESPACE, "name": name},
        // Envoy's own patience of 20 ms may be too little for a first connection on a machine with other work.
        "spec": {"protocol": protocol, "services": [{"name": service, "port": 80}], "timeoutPolicy": {"response": "10s"}},
    })
}

async fn scene(front: &str, redirects: bool, limiter: &Backend) -> Result<Scene> {
    let limits = format!("rateLimitService: {{extensionService: {NAMESPACE}/limits, domain: shop}}");
    Scene::start_with(front, &limits, &[], |authority: &Authority| {
        let mut all = objects::service("limiter", &[limiter.port()]);
        all.extend([
            MINT.secret("keys"),
            extension("gate", "http/1.1", "shop"),
            extension("limits", "h2c", "limiter"),
            objects::secret("with", &authority.certificate(WITH)?),
        ]);
        let [without, announced] = WITHOUT;
        all.extend(host("without", without, redirects));
        all.extend(host("announced", announced, redirects));
        let mut with = host("with", WITH, redirects);
        with[0]["spec"]["virtualhost"]["tls"] = json!({"secretName": "with"});
        all.extend(with);
        Ok(all)
    })
    .await
}

#[tokio::test]
async fn tokens_authorization_and_limits_are_those_of_tls_that_envoy_ends() -> Result<()> {
    let limiter = Backend::limiter().await?;
    let bearer = format!("Bearer {}", MINT.token(&json!({"sub": "somebody"}))?);
    let forged = format!("Bearer {}", Mint::new("else").token(&json!({"sub": "somebody"}))?);
    let requests: [Requests<'_>; 10] = [
        ("/open", None, &[200]),
        ("/token", None, &[401]),
        ("/token", Some(("Authorization", &forged)), &[401]),
        ("/token", Some(("Authorization", &bearer)), &[200]),
        ("/status/403", None, &[403]),
        ("/status/200", None, &[200]),
        ("/local", None, &[200, 200, 200, 429, 429]),
        ("/global", None, &[200]),
        ("/global", Some(("X-User", GREEDY)), &[429, 429]),
        ("/global", Some(("X-User", "modest")), &[200, 200]),
    ];
    for (front, redirects) in FRONTS {
        let scene = scene(front, redirects, &limiter).await?;
        let ports = &scene.controller.ports;
        let [without, announced] = WITHOUT;
        let ways = [
            (WITH, Dial::port(ports.https()).tls(WITH, &scene.http1)),
            (without, Dial::port(ports.tls_offload())),
            (announced, Dial::port(ports.http()).preamble(proxy_header::v2(443))),
        ];
        for (host, dial) in &ways {
            dial.until_served(host, "/open").await?;
            let mut connection = dial.open().await?;
            for (path, header, expected) in requests {
                let headers: Vec<_> = header.into_iter().collect();
                let mut statuses = Vec::new();
                for _ in expected {
                    statuses.push(connection.get(host, path, &headers).await?.status);
                }
                let way = format!("{host}{path} {header:?} behind {front}, redirects: {redirects}");
                assert_eq!(statuses, expected, "{way}");
            }
            if redirects {
                let answer = Dial::port(ports.http()).get(host, "/token").await?;
                let location = answer.location().context("cleartext is redirected")?;
                assert_eq!(location, format!("https://{host}/token"));
            }
        }
    }
    Ok(())
}
