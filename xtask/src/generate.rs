//! `generate`: the files that are made of the types and of the chart. Tests say when they are stale.

use anyhow::Result;

use crate::{
    build::cargo,
    step::Steps,
    tools::{helm, openssl},
};

/// Writes `deploy/crds.yaml`, `docs/reference/`, and the manifests that the chart comes to.
pub(crate) async fn run(steps: &mut Steps) -> Result<()> {
    let mut test = cargo("test");
    test.args(["--package", "isoline-translator", "--test", "generated"])
        .env("UPDATE_GENERATED", "1");
    steps.run("definitions and reference", &mut test).await?;
    let mut test = cargo("test");
    test.args(["--workspace", "--test", "deploy", "fresh"])
        .args(openssl::arguments().await)
        .env("HELM", helm::find(steps).await?)
        .env("UPDATE_GENERATED", "1");
    steps.run("rendered manifests", &mut test).await
}
