//! What runs as WebAssembly: the filter inside Envoy and the translator inside a browser.
//!
//! Both come from one cargo invocation with a target directory of its own, `target/wasm`. It is also the proof that
//! the policy, the Envoy messages and the translator stay free of anything that a browser lacks.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use tokio::task::spawn_blocking;
use walrus::{Export, Module, passes};
use wasm_bindgen_cli_support::Bindgen;

use crate::{paths, step::Steps, tools::wasm::Toolchain};

pub(crate) const PACKAGES: [&str; 4] = ["--package", "isoline-wasm-filter", "--package", "isoline-playground"];

/// Builds the filter, and the playground's engine for its tests and for its page.
pub(crate) async fn build(steps: &mut Steps) -> Result<()> {
    let toolchain = Toolchain::find(steps).await?;
    let title = "building the filter and the playground for wasm (first time: a few minutes)";
    steps
        .run(
            title,
            toolchain.cargo("build").args(["--profile", "wasm"]).args(PACKAGES),
        )
        .await?;
    let filter = without_idle_callbacks(&module("isoline_wasm_filter"))?;
    write_if_changed(&filter, &paths::target("wasm/isoline_wasm_filter.wasm"))?;
    for host in [Host::Node, Host::Web] {
        let title = format!("binding the playground for {host:?}");
        steps.time(&title, bind(module("isoline_playground"), host)).await?;
    }
    Ok(())
}

fn module(name: &str) -> PathBuf {
    paths::target("wasm/wasm32-unknown-unknown/wasm").join(format!("{name}.wasm"))
}

/// The callbacks in which the filter does something.
const CALLBACKS: [&str; 6] = [
    "proxy_on_vm_start",
    "proxy_on_configure",
    "proxy_on_context_create",
    "proxy_on_request_headers",
    "proxy_on_response_headers",
    "proxy_on_delete",
];

/// Envoy enters the module for every callback that it exports, and the SDK exports all that there are: those that do
/// nothing would cost each request, and each part of a body, as much as the others.
fn without_idle_callbacks(path: &Path) -> Result<Vec<u8>> {
    let mut module = Module::from_file(path).with_context(|| format!("cannot read {}", path.display()))?;
    let idle = module.exports.iter();
    let idle = idle.filter(|it| it.name.starts_with("proxy_on_") && !CALLBACKS.contains(&it.name.as_str()));
    let idle: Vec<_> = idle.map(Export::id).collect();
    for id in idle {
        module.exports.delete(id);
    }
    passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}

/// The controller's build script watches the file, so an unchanged filter must not touch it.
fn write_if_changed(new: &[u8], to: &Path) -> Result<()> {
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    fs::write(to, new).with_context(|| format!("cannot write {}", to.display()))
}

/// Who loads the playground's engine.
#[derive(Clone, Copy, Debug)]
enum Host {
    Node,
    Web,
}

impl Host {
    fn folder(self) -> PathBuf {
        paths::target(match self {
            Self::Node => "playground/node",
            Self::Web => "playground/engine",
        })
    }
}

/// What only a debugger reads goes: it is a third of the module. `wasm-opt` makes it a tenth smaller, but what is
/// downloaded, which is compressed, a tenth larger.
async fn bind(module: PathBuf, host: Host) -> Result<()> {
    let out = host.folder();
    if newer(&out.join("isoline_playground_bg.wasm"), &module) {
        return Ok(());
    }
    spawn_blocking(move || {
        let mut bindgen = Bindgen::new();
        bindgen
            .input_path(&module)
            .typescript(true)
            .remove_name_section(true)
            .remove_producers_section(true);
        match host {
            Host::Node => bindgen.nodejs(true)?,
            Host::Web => bindgen.web(true)?,
        };
        bindgen.generate(&out)
    })
    .await?
}

fn newer(a: &Path, b: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    matches!((modified(a), modified(b)), (Ok(a), Ok(b)) if a > b)
}
