//! `generate`: the files that are made of the types and of the chart. Tests say when they are stale.

use anyhow::Result;

use crate::{
    build::cargo,
    step::Steps,
    tools::{helm, openssl},
};

/// Writes `deploy/crds.yaml` and the same schemas for the translator, `docs/reference/`, and the manifests that the chart comes to.
pub(crate) async fn run(steps: &mut Steps) -> Result<()> {
    let helm = helm::find(steps).await?;
    // The chart brings the definitions along, so these come first.
    for (title, target) in [
        ("definitions and reference", "generated"),
        ("rendered manifests", "deploy"),
    ] {
        let mut test = cargo("test");
        test.args(["--workspace", "--test", target, "fresh"])
            .args(openssl::arguments().await)
            .env("HELM", &helm)
            .env("UPDATE_GENERATED", "1");
        steps.run(title, &mut test).await?;
    }
    Ok(())
}
