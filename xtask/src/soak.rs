//! `soak`: a million requests through the filter, and what Envoy holds after the first tenth and after all of them.

use anyhow::Result;

use crate::{
    build::{self, Profile},
    step::Steps,
    tools::{envoy, openssl},
    wasm,
};

const REQUESTS: &str = "1000000";

/// Runs the test of Envoy's memory for longer than the tests do. It prints both figures.
pub(crate) async fn run(steps: &mut Steps) -> Result<()> {
    let envoy = envoy::find(steps).await?;
    wasm::build(steps).await?;
    let isoline = build::controller(Profile::Dev, steps).await?;
    let mut test = build::cargo("test");
    test.args(["--workspace", "--test", "policy"])
        .args(openssl::arguments().await)
        .args(["memory::", "--", "--nocapture"])
        .envs([("ENVOY", &envoy), ("ISOLINE", &isoline)])
        .env("MEMORY_REQUESTS", REQUESTS);
    steps
        .run("requests through the filter (several minutes)", &mut test)
        .await
}
