//! The ways in which the chart is used: each is rendered, and judged by the same rules.

use std::{fs, sync::LazyLock};

use anyhow::{Context as _, Result, anyhow, ensure};
use isoline_tests::{deploy, parts};
use serde_json::Value;

const EXAMPLES: &str = "deploy/examples";

/// Manifests with their values. Only the first has the definitions: they are the same for all.
pub(crate) const MANIFESTS: [(&str, Option<&str>); 5] = [
    (deploy::MANIFEST, None),
    ("deploy/rendered/sidecar.yaml", Some("deploy/examples/sidecar.yaml")),
    (
        "deploy/rendered/autoscaled.yaml",
        Some("deploy/examples/autoscaled.yaml"),
    ),
    (
        "deploy/rendered/host-network.yaml",
        Some("deploy/examples/host-network.yaml"),
    ),
    (deploy::NAMESPACED, Some("deploy/examples/namespaced.yaml")),
];

/// A use of the chart, with what it comes to.
pub(crate) struct Form {
    pub(crate) name: String,
    pub(crate) objects: Vec<Value>,
}

/// Files with values, named from the root of the checkout.
pub(crate) fn examples() -> Result<Vec<String>> {
    let files = fs::read_dir(parts::checkout().join(EXAMPLES))?;
    let mut files: Vec<_> = files
        .map(|entry| Ok(format!("{EXAMPLES}/{}", entry?.file_name().to_string_lossy())))
        .collect::<Result<_>>()?;
    files.sort();
    ensure!(files.len() > 5, "{files:?}");
    Ok(files)
}

/// Every use that is shown: without values, with each example, and some together.
pub(crate) fn all() -> Result<&'static [Form]> {
    static ALL: LazyLock<Result<Vec<Form>>> = LazyLock::new(render);
    ALL.as_deref().map_err(|error| anyhow!("{error:#}"))
}

fn render() -> Result<Vec<Form>> {
    let mut forms = vec![
        form("the usual form", &[])?,
        form(
            "sidecars on the host's network",
            &["--set", "form=Sidecar,envoy.hostNetwork=true"],
        )?,
    ];
    for example in examples()? {
        forms.push(form(&example, &["--values", &example])?);
    }
    Ok(forms)
}

/// One of them.
pub(crate) fn form(name: &str, arguments: &[&str]) -> Result<Form> {
    Ok(Form {
        name: name.to_owned(),
        objects: deploy::objects(&deploy::rendered(arguments)?).with_context(|| name.to_owned())?,
    })
}

impl Form {
    /// The objects of a kind.
    pub(crate) fn of_kind<'a>(&'a self, kind: &str) -> impl Iterator<Item = &'a Value> {
        self.objects.iter().filter(move |object| object["kind"] == kind)
    }

    /// The one object of that kind and name.
    pub(crate) fn one<'a>(&'a self, kind: &str, name: &str) -> Result<&'a Value> {
        let mut found = self.of_kind(kind).filter(|object| object["metadata"]["name"] == name);
        let object = found
            .next()
            .with_context(|| format!("{}: no {kind} {name}", self.name))?;
        ensure!(found.next().is_none(), "{}: two {kind} {name}", self.name);
        Ok(object)
    }
}
