//! That Envoy holds no more after many requests through the filter than after some.

use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use futures::future::try_join_all;
use isoline_tests::{
    backend::Backend,
    controller::Controller,
    envoy::Envoy,
    folder::Folder,
    objects,
    traffic::{http1, result::Failure},
    wait::until,
};
use serde_json::{Value, json};

const HOST: &str = "shop.example.com";
/// More than the filter keeps decoded.
const POLICIES: usize = 1_200;
const CONNECTIONS: usize = 8;
/// What may come and go, in KiB.
const BOUND: u64 = 16 * 1024;
const SETTINGS: &str = "
listeners: {address: 127.0.0.1}
loadBalancer: {mode: L7, trusted: {cidrs: [127.0.0.0/8]}}
";

/// Routes of which each has a list of its own; every other one has no need of a backend.
fn shop(backend: &Backend) -> Vec<Value> {
    let route = |number: usize| {
        let mut route = objects::route(&format!("/route-{number:04}"), "shop");
        let denied = format!("10.{}.{}.0/24", number / 256, number % 256);
        route["ipDenyPolicy"] = json!([{"source": "Remote", "cidr": denied}]);
        if number % 2 == 1 {
            route.as_object_mut().map(|route| route.remove("services"));
            route["directResponsePolicy"] = json!({"statusCode": 200, "body": "{}"});
        }
        route
    };
    let routes: Vec<_> = (0..POLICIES).map(route).collect();
    let mut policy = objects::insecure_policy("shop", "Redirect");
    policy["spec"]["clientIP"] = json!({"forward": {"xForwardedFor": "Append", "xRealIP": true}});
    let mut all = objects::service("shop", &[backend.port()]);
    all.extend([objects::proxy("shop", HOST, &routes), policy]);
    all
}

/// The request of this number: others come to other routes, from other clients, with other and longer headers.
fn request(number: u64) -> Vec<u8> {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let [scheme, proxies, padding, address @ ..] = mixed.to_be_bytes();
    let [one, two, three, four, name] = address;
    let route = mixed % POLICIES as u64;
    let scheme = ["http", "https", "https,http", "ftp", ""][usize::from(scheme % 5)];
    let before = "203.0.113.7, ".repeat(usize::from(proxies % 20));
    let padding = "x".repeat(usize::from(padding) * 4);
    format!(
        "GET /route-{route:04}/{number}?{mixed:x} HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: {scheme}\r\n\
         X-Forwarded-For: {before}{one}.{two}.{three}.{four}\r\nX-Padding-{name}: {padding}\r\n\r\n"
    )
    .into_bytes()
}

/// Asks for every so many-th of the numbers on one connection.
async fn ask(controller: &Controller, first: u64, end: u64) -> Result<()> {
    let mut connection = http1::Connection::new(controller.http().stream().await?);
    for number in (first..end).step_by(CONNECTIONS) {
        let answer = connection.send(&request(number), true).await;
        let answer = answer.map_err(|failure: Failure| anyhow::anyhow!("request {number}: {failure:?}"))?;
        ensure!(
            [200, 301, 403].contains(&answer.status),
            "request {number}: {}",
            answer.status
        );
        ensure!(connection.is_reusable(), "request {number} ends its connection");
    }
    Ok(())
}

async fn ask_all(controller: &Controller, from: u64, to: u64) -> Result<()> {
    try_join_all((from..).take(CONNECTIONS).map(|first| ask(controller, first, to))).await?;
    Ok(())
}

/// What the process holds, the memory of the filter's machine included, in KiB.
fn resident(envoy: &Envoy) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", envoy.process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let size = line.context("a process has memory")?.trim().trim_end_matches(" kB");
    Ok(size.parse()?)
}

#[tokio::test]
async fn envoy_does_not_grow_with_the_number_of_requests() -> Result<()> {
    let requests = env::var("MEMORY_REQUESTS").map_or(Ok(40_000), |text| text.parse())?;
    let backend = Backend::start("shop").await?;
    let folder = Folder::new()?;
    folder.write_objects("all.yaml", &shop(&backend))?;
    let controller = Controller::start_alone(folder, SETTINGS).await?;
    let envoy = controller.envoy("memory", controller.ports.admin()).await?;
    until("the shop is open", async || {
        let status = controller.http().get(HOST, "/route-0001").await?.status;
        ensure!(status == 301, "it answers {status}");
        Ok(())
    })
    .await?;
    let warm = requests / 10;
    ask_all(&controller, 0, warm).await?;
    let before = resident(&envoy)?;
    eprintln!("after {warm} requests: {before} KiB");
    ask_all(&controller, warm, requests).await?;
    let after = resident(&envoy)?;
    eprintln!("after {requests} requests: {after} KiB");
    let counted = envoy.admin.stats("isoline_policy").await?;
    let count = |name: &str| counted.get(&format!("wasmcustom.isoline_policy.{name}")).copied();
    ensure!(count("unjudged") == Some(0), "{counted:?}");
    ensure!(count("redirected") > Some(requests / 4), "{counted:?}");
    ensure!(after < before + BOUND, "Envoy grew from {before} to {after} KiB");
    Ok(())
}
