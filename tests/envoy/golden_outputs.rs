//! Every golden case and every example of the playground in a real Envoy: nothing is refused, and it holds exactly what was
//! translated.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};
use isoline_tests::{case::Case, example::Example, parts};
use isoline_translator::translate;

use crate::live::Live;

fn files(folder: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let folder = parts::checkout().join(folder);
    let files = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    let mut inputs: Vec<_> = files
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    inputs.sort();
    Ok(inputs)
}

#[tokio::test]
async fn every_golden_output_is_accepted_by_envoy() -> Result<()> {
    let mut live = Live::start("golden").await?;
    let cases = files("tests/golden/cases", ".in.yaml")?;
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

#[tokio::test]
async fn every_example_of_the_playground_is_accepted_by_envoy() -> Result<()> {
    let mut live = Live::start("examples").await?;
    let examples = files("web-playground/examples", ".yaml")?;
    for path in &examples {
        let name = path.file_name().unwrap_or_default().display().to_string();
        let example = Example::read(path)?;
        let settings = live.moved(example.settings);
        let translation = translate(example.objects, settings.clone());
        live.hold(translation, &settings).await.context(name)?;
    }
    assert!(!examples.is_empty());
    Ok(())
}
