//! `generate`: the files that are made of the types. A test says when they are stale.

use anyhow::Result;

use crate::{build::cargo, step::Steps};

/// Writes `deploy/crds.yaml` and `docs/reference/`.
pub(crate) async fn run(steps: &mut Steps) -> Result<()> {
    let mut test = cargo("test");
    test.args(["--package", "isoline-translator", "--test", "generated"])
        .env("UPDATE_GENERATED", "1");
    steps.run("definitions and reference", &mut test).await
}
