//! What documents show of a command is what it prints.

use std::{fs, process::Command};

use anyhow::{Context as _, Result};
use isoline_tests::parts;

#[test]
fn the_explanation_in_the_guide_is_the_real_one() -> Result<()> {
    let page = fs::read_to_string(parts::checkout().join("docs/explain.md"))?;
    let block = page
        .split("```console\n$ isoline ")
        .nth(1)
        .context("the page shows a command")?;
    let (block, _) = block.split_once("```").context("the block ends")?;
    let (arguments, shown) = block.split_once('\n').context("the command prints something")?;
    let arguments = shlex::split(arguments).context("the command is one for a shell")?;
    let output = Command::new(parts::isoline()?)
        .args(arguments)
        .current_dir(parts::checkout())
        .output()?;
    assert_eq!(String::from_utf8(output.stdout)?, shown);
    Ok(())
}
