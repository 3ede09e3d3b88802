//! Plays a guide: writes its files, compares what its commands print, and sends its requests.

use std::{net::Ipv4Addr, process::Command};

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    authority::Authority,
    backend::Backend,
    client::Dial,
    controller::Controller,
    difference,
    folder::Folder,
    guide::{self, Check, Outcome, Step},
    namespace, objects, parts,
    ports::Ports,
    wait::until,
};
use serde_json::Value;

use crate::{
    front::{Entry, Front, Layer},
    shape::{self, Files, LOAD_BALANCER},
};

const HOST: &str = "shop.example.com";
/// Whose requests they are.
const CLIENT: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);
/// Of a CDN, in the networks that its guide trusts.
const EDGE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 10);

/// What the chart adds to the command line.
const FLAGS: [&str; 4] = [
    "--envoy-service-namespace",
    "isoline",
    "--envoy-service-name",
    "isoline-envoy",
];

/// A guide, with pages whose files it takes for granted.
pub(crate) struct Guide {
    pub(crate) page: &'static str,
    pub(crate) builds_on: &'static [&'static str],
    /// The header of a CDN in front of its load balancer.
    pub(crate) cdn: Option<&'static str>,
}

impl Guide {
    /// Plays it.
    pub(crate) async fn play(&self) -> Result<()> {
        let mut files = self.files_around()?;
        let mut asked = 0;
        for step in guide::read(self.page)? {
            match step {
                Step::Write { file, text } => drop(files.insert(file, text)),
                Step::Run { arguments, output } => run(&files, &arguments, &output)?,
                Step::Ask(checks) => {
                    asked += checks.len();
                    self.check(&files, &checks).await?;
                }
            }
        }
        ensure!(asked > 0, "it has no requests");
        Ok(())
    }

    /// Sends requests where these are the files.
    pub(crate) async fn check(&self, files: &Files, checks: &[Check]) -> Result<()> {
        let mut scene = Scene::start(files, self.cdn).await?;
        scene.check_all(checks).await?;
        scene.controller.process.mute();
        Ok(())
    }

    /// Those of the pages that it builds on.
    fn files_around(&self) -> Result<Files> {
        let mut files = Files::new();
        for page in self.builds_on {
            for step in guide::read(page)? {
                if let Step::Write { file, text } = step {
                    files.insert(file, text);
                }
            }
        }
        Ok(files)
    }

    /// All files as they are at its first requests.
    pub(crate) fn files_of_first_requests(&self) -> Result<Files> {
        let mut files = self.files_around()?;
        let steps = guide::read(self.page)?.into_iter();
        for step in steps.take_while(|step| !matches!(step, Step::Ask(_))) {
            if let Step::Write { file, text } = step {
                files.insert(file, text);
            }
        }
        Ok(files)
    }
}

/// Gives this network, which must be one of its own, everybody's addresses.
pub(crate) async fn bring_up() -> Result<()> {
    namespace::bring_up([CLIENT, EDGE, LOAD_BALANCER]).await
}

/// Compares what a command prints.
fn run(files: &Files, arguments: &[String], expected: &str) -> Result<()> {
    let folder = Folder::new()?;
    for (name, text) in files {
        folder.write(name, text)?;
    }
    let output = Command::new(parts::isoline()?)
        .args(arguments)
        .current_dir(folder.path())
        .output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{arguments:?}: {complaints}");
    ensure!(
        printed == expected,
        "{arguments:?}:\n{}",
        difference(expected, &printed)
    );
    Ok(())
}

/// Everything from the client to the backend.
struct Scene {
    authority: Authority,
    load_balancer: Front,
    cdn: Option<Front>,
    controller: Controller,
    _backend: Backend,
}

impl Scene {
    async fn start(files: &Files, cdn: Option<&'static str>) -> Result<Self> {
        let authority = Authority::new()?;
        let certificate = authority.certificate(HOST)?;
        let backend = Backend::start("shop").await?;
        let folder = Folder::new()?;
        for (name, text) in files.iter().filter(|(name, _)| is_object(name)) {
            folder.write(name, text)?;
        }
        let mut around = objects::service("shop", &[backend.port()]);
        around.push(objects::secret("shop-tls", &certificate));
        folder.write_objects("around.yaml", &around)?;
        let settings = files.get("isoline.yaml").context("no isoline.yaml")?;
        let controller = Controller::start_with(folder, settings, Ports::unmoved()?, &FLAGS.map(str::to_owned)).await?;
        let acceptor = certificate.acceptor()?;
        let load_balancer = Front::start(shape::entries(files, &controller.ports)?, &acceptor).await?;
        let cdn = match cdn {
            Some(header) => Some(Front::start(before(&load_balancer, header)?, &acceptor).await?),
            None => None,
        };
        Ok(Self {
            authority,
            load_balancer,
            cdn,
            controller,
            _backend: backend,
        })
    }

    /// Fails unless Envoy has been told of its listeners, and each is up.
    async fn listens(&self) -> Result<()> {
        let stats = self.controller.admin().stats("^listener_manager").await?;
        let stat = |name: &str| stats.get(&format!("listener_manager.{name}")).copied();
        ensure!(stat("lds.update_success") > Some(0), "it was told of none: {stats:?}");
        ensure!(stat("total_listeners_warming") == Some(0), "one is not up: {stats:?}");
        Ok(())
    }

    async fn check_all(&self, checks: &[Check]) -> Result<()> {
        until("Envoy listens", || self.listens()).await?;
        let first = checks.first().context("a block without requests")?;
        if first.outcome != Outcome::Nothing {
            until("the first request is answered as it says", || self.check(first)).await?;
        }
        for check in checks {
            self.check(check).await?;
        }
        Ok(())
    }

    async fn check(&self, check: &Check) -> Result<()> {
        let told = match &check.outcome {
            Outcome::Answer { told, .. } => told.as_slice(),
            Outcome::Nothing => &[],
        };
        let observed = self.ask(check, told).await?;
        ensure!(observed == check.outcome, "{}\nbut it is {observed:?}", check.line);
        Ok(())
    }

    /// What comes of a request, and what stands in these headers of the answer, or of the request as the backend sees it.
    async fn ask(&self, check: &Check, told: &[(String, String)]) -> Result<Outcome> {
        let dialled = if check.is_secure { 443 } else { 80 };
        let front = match &self.cdn {
            Some(cdn) if !check.goes_past_cdn => cdn,
            _ => &self.load_balancer,
        };
        let mut dial = Dial::port(front.port(dialled)?).from(CLIENT);
        if check.is_secure {
            dial = dial.tls(&check.host, &self.authority.client(&[])?);
        }
        let headers: Vec<_> = check
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let mut connection = dial.open().await?;
        let Ok(answer) = connection.get(&check.host, &check.path, &headers).await else {
            return Ok(Outcome::Nothing);
        };
        let echo = if told.is_empty() { Value::Null } else { answer.echo()? };
        let seen = |name: &str| {
            let of_answer = answer.headers.get(name).and_then(|value| value.to_str().ok());
            let of_request = || echo["headers"][name.to_lowercase()].as_str();
            of_answer.or_else(of_request).unwrap_or("nothing").to_owned()
        };
        Ok(Outcome::Answer {
            status: answer.status,
            location: answer.location().map(str::to_owned),
            told: told.iter().map(|(name, _)| (name.clone(), seen(name))).collect(),
        })
    }
}

fn is_object(file: &str) -> bool {
    !["isoline.yaml", "haproxy.cfg"].contains(&file)
}

/// A CDN that speaks to the load balancer as the client does to it.
fn before(load_balancer: &Front, client_header: &'static str) -> Result<Vec<Entry>> {
    let entry = |port: u16| {
        let ends_tls = port == 443;
        let to = Dial::port(load_balancer.port(port)?).from(EDGE);
        Ok(Entry {
            port,
            ends_tls,
            layer: Layer::Requests {
                client_header: Some(client_header),
            },
            to: if ends_tls {
                to.tls(HOST, &Authority::trusting_anybody())
            } else {
                to
            },
        })
    };
    [80, 443].into_iter().map(entry).collect()
}
