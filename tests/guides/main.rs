//! Guides do what they say: the pages of `docs/load-balancers/`, each with its settings and objects, real Envoy, and a load
//! balancer that treats connections as the guide's Service asks for; and what goes wrong shows as they say. Each is played
//! in a network of its own. This needs Linux, and either root or unprivileged user namespaces.

mod front;
mod haproxy;
mod mistakes;
mod play;
mod shape;

use std::{fs, process::ExitCode};

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{namespace, parts};
use libtest_mimic::{Arguments, Trial};
use mistakes::Mistake;
use play::Guide;

const OVERVIEW: &str = "docs/load-balancer-tls.md";
const FOLDER: &str = "docs/load-balancers";

const GUIDES: [Guide; 7] = [
    guide("docs/load-balancers/nlb.md"),
    guide("docs/load-balancers/nlb-proxy-protocol.md"),
    guide("docs/load-balancers/alb.md"),
    guide("docs/load-balancers/classic.md"),
    guide("docs/load-balancers/haproxy.md"),
    Guide {
        cdn: Some("cf-connecting-ip"),
        ..guide("docs/load-balancers/cdn.md")
    },
    Guide {
        builds_on: &[OVERVIEW, "docs/load-balancers/nlb-proxy-protocol.md"],
        ..guide("docs/ingress-nginx.md")
    },
];

const fn guide(page: &'static str) -> Guide {
    Guide {
        page,
        builds_on: &[OVERVIEW],
        cdn: None,
    }
}

fn main() -> Result<ExitCode> {
    // Before anything starts a thread.
    namespace::gain_right()?;
    let mut trials: Vec<_> = GUIDES
        .iter()
        .map(|guide| trial(guide.page, || alone(guide.play())))
        .collect();
    trials.extend(
        mistakes::ALL
            .iter()
            .map(|mistake| trial(mistake.name, || make(mistake))),
    );
    trials.push(trial("every_guide_is_played", every_guide_is_played));
    Ok(libtest_mimic::run(&Arguments::from_args(), trials).exit_code())
}

fn trial(name: &str, test: impl FnOnce() -> Result<()> + Send + 'static) -> Trial {
    Trial::test(name, || test().map_err(|error| format!("{error:#}").into()))
}

fn make(mistake: &'static Mistake) -> Result<()> {
    let guide = GUIDES.iter().find(|guide| guide.page == mistake.page);
    alone(mistake.make(guide.context("nobody plays its page")?))
}

/// Runs a test in a network of its own.
fn alone(test: impl Future<Output = Result<()>>) -> Result<()> {
    namespace::enter()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        play::bring_up().await?;
        test.await
    })
}

fn every_guide_is_played() -> Result<()> {
    for file in fs::read_dir(parts::checkout().join(FOLDER))? {
        let page = format!("{FOLDER}/{}", file?.file_name().to_string_lossy());
        ensure!(GUIDES.iter().any(|guide| guide.page == page), "nobody plays {page}");
    }
    Ok(())
}
