//! The dashboard: panels of metrics that there are, without the names of anybody's data source.

use std::{collections::BTreeSet, fs};

use anyhow::{Result, ensure};
use isoline_tests::parts;
use serde_json::Value;

use crate::{forms, objects::list};

fn dashboard() -> Result<Value> {
    let path = parts::checkout().join("deploy/grafana/isoline.json");
    Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
}

#[test]
fn the_chart_brings_it_along_as_it_is() -> Result<()> {
    let form = forms::form("with the dashboard", &["--set", "metrics.dashboard.enabled=true"])?;
    let brought = &form.one("ConfigMap", "isoline-dashboard")?["data"]["isoline.json"];
    let brought: Value = serde_json::from_str(brought.as_str().unwrap_or_default())?;
    ensure!(brought == dashboard()?);
    Ok(())
}

#[test]
fn every_panel_has_a_place_and_asks_for_something() -> Result<()> {
    let dashboard = dashboard()?;
    let (mut names, mut places) = (BTreeSet::new(), BTreeSet::new());
    for panel in list(&dashboard["panels"]) {
        let title = panel["title"].as_str().unwrap_or_default();
        ensure!(names.insert(panel["id"].to_string()), "two panels {}", panel["id"]);
        ensure!(places.insert(panel["gridPos"].to_string()), "{title} stands on another");
        if panel["type"] == "row" {
            continue;
        }
        ensure!(panel["datasource"]["uid"] == "${datasource}", "{title}");
        ensure!(list(&panel["targets"]).next().is_some(), "{title} shows nothing");
        for target in list(&panel["targets"]) {
            let query = target["expr"].as_str().unwrap_or_default();
            ensure!(
                ["isoline_", "contour_", "envoy_", "container_memory_"]
                    .iter()
                    .any(|prefix| query.contains(prefix)),
                "{title}: {query}"
            );
        }
    }
    ensure!(places.len() > 10, "{}", places.len());
    Ok(())
}
