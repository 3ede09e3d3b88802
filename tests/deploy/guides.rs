//! Guides by the shape of the load balancer show what the chart makes: the same Service and Ingress, the same settings.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    deploy::ENVOY,
    guide::{self, Step},
    parts,
};
use serde_json::Value;

use crate::forms::{self, Form};

const FOLDER: &str = "docs/load-balancers";
/// Where a guide links to the values that make what follows.
const LINK: &str = "](../../";

#[test]
fn guides_show_what_the_chart_makes() -> Result<()> {
    for file in fs::read_dir(parts::checkout().join(FOLDER))? {
        let page = format!("{FOLDER}/{}", file?.file_name().to_string_lossy());
        compare(&page).context(page)?;
    }
    Ok(())
}

/// Each Service belongs to the next values that the page links to, and so does the first of each other file after it.
fn compare(page: &str) -> Result<()> {
    let text = fs::read_to_string(parts::checkout().join(page))?;
    let mut examples = text.split(LINK).skip(1).filter_map(|rest| rest.split(')').next());
    let mut expected: Vec<(&str, Value)> = Vec::new();
    let mut compared = 0;
    for step in guide::read(page)? {
        let Step::Write { file, text } = step else { continue };
        if file == "service.yaml" {
            expected = made_of(examples.next().context("a Service without values")?)?;
        }
        let place = expected.iter().position(|(name, _)| *name == file);
        if let Some((_, expected)) = place.map(|place| expected.swap_remove(place)) {
            let shown: Value = serde_saphyr::from_str(&text)?;
            ensure!(shown == expected, "{file}: {shown}\ninstead of {expected}");
            compared += 1;
        }
    }
    ensure!(
        compared >= 2 && expected.is_empty(),
        "{compared} compared, and not {expected:?}"
    );
    ensure!(examples.next().is_none(), "values without a Service");
    Ok(())
}

/// What the chart makes of these values, by the names of files in guides.
fn made_of(example: &str) -> Result<Vec<(&'static str, Value)>> {
    let form = forms::all()?.iter().find(|form| form.name == example);
    let form = form.with_context(|| format!("no values {example}"))?;
    let values: Value = serde_saphyr::from_str(&fs::read_to_string(parts::checkout().join(example))?)?;
    let mut made = vec![
        ("service.yaml", without_labels(form.one("Service", ENVOY)?)),
        ("isoline.yaml", values["config"].clone()),
    ];
    made.extend(ingress(form).map(|ingress| ("alb.yaml", ingress.clone())));
    Ok(made)
}

fn ingress(form: &Form) -> Option<&Value> {
    form.of_kind("Ingress").next()
}

fn without_labels(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("labels");
    }
    object
}
