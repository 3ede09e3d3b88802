//! Files that are made of others: fresh, or written anew with `UPDATE_GENERATED=1` (`cargo xtask generate`).

use std::{env, fs, path::Path};

use anyhow::{Result, ensure};
use isoline_tests::{deploy, difference, parts};

use crate::forms;

/// What the chart brings along, and where it is from.
const COPIES: [(&str, &str); 2] = [
    ("deploy/crds.yaml", "deploy/helm/isoline/files/crds.yaml"),
    (
        "deploy/grafana/isoline.json",
        "deploy/helm/isoline/files/dashboard.json",
    ),
];

/// One test, since the manifests are made of the copies.
#[test]
fn what_is_made_of_other_files_is_fresh() -> Result<()> {
    for (source, copy) in COPIES {
        is_fresh(copy, &fs::read_to_string(parts::checkout().join(source))?)?;
    }
    for (file, values) in forms::MANIFESTS {
        let mut arguments = vec!["--set", "namespace.create=true"];
        if let Some(values) = values {
            arguments.extend(["--values", values, "--set", "crds.enabled=false"]);
        }
        is_fresh(file, &manifest(&arguments)?)?;
    }
    Ok(())
}

#[test]
fn every_file_is_objects_or_values() -> Result<()> {
    for folder in ["deploy", "deploy/rendered", "deploy/examples"] {
        for entry in fs::read_dir(parts::checkout().join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                ensure!(!deploy::objects_of(&path.to_string_lossy())?.is_empty(), "{path:?}");
            }
        }
    }
    for (file, _) in forms::MANIFESTS {
        for object in deploy::objects_of(file)? {
            ensure!(object["metadata"]["name"].is_string(), "{file}: {object}");
        }
    }
    Ok(())
}

#[test]
fn helm_has_no_complaint() -> Result<()> {
    deploy::helm(&["lint", "--strict"], &[])?;
    for example in forms::examples()? {
        deploy::helm(&["lint", "--strict"], &["--values", &example])?;
    }
    Ok(())
}

/// Without the remarks of Helm on where each object is from.
fn manifest(arguments: &[&str]) -> Result<String> {
    let mut text = "# Rendered from deploy/helm/isoline by `cargo xtask generate`.\n".to_owned();
    for line in deploy::rendered(arguments)?.lines() {
        if !line.starts_with("# Source: ") {
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    Ok(text)
}

fn is_fresh(file: &str, content: &str) -> Result<()> {
    let path = parts::checkout().join(file);
    if env::var_os("UPDATE_GENERATED").is_some() {
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(&path, content)?;
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    ensure!(
        written == content,
        "{file} is stale: cargo xtask generate\n{}",
        difference(content, &written)
    );
    Ok(())
}
