//! Every golden case in a real Envoy: nothing is refused, and it holds exactly what was translated.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};
use isoline_tests::{case::Case, parts};

use crate::live::Live;

fn cases() -> Result<Vec<PathBuf>> {
    let folder = parts::checkout().join("tests/golden/cases");
    let files = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    let mut inputs: Vec<_> = files
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".in.yaml"))
        .collect();
    inputs.sort();
    Ok(inputs)
}

#[tokio::test]
async fn every_golden_output_is_accepted_by_envoy() -> Result<()> {
    let mut live = Live::start("golden").await?;
    let cases = cases()?;
    for path in &cases {
        let name = path.file_name().unwrap_or_default().display().to_string();
        let mut case = Case::read(path)?;
        case.settings = live.moved(case.settings);
        live.hold(case.translate(), &case.settings).await.context(name)?;
    }
    assert!(!cases.is_empty());
    eprintln!("{} cases", cases.len());
    Ok(())
}
