//! Edits of every kind while load runs on the hosts that they concern and on others.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use isoline_tests::{
    authority::{Authority, Certificate},
    backend::Backend,
    client::Dial,
    controller::{Controller, LOCAL_SETTINGS},
    folder::Folder,
    load::{Load, Target},
    objects, proxy_header,
    wait::until,
};
use serde_json::Value;

/// Each round makes one edit of every kind.
const ROUNDS: usize = 13;

/// Names of backends and of services with just that backend.
const NAMES: [&str; 3] = ["one", "two", "three"];

/// What the certificate of the TLS host under load covers: it has room for a neighbour.
const COVERED: &str = "*.example.com";

/// What is served and edited.
struct Scene {
    controller: Controller,
    authority: Authority,
    http: Dial,
    https: Dial,
    ports: [u16; 3],
    delays: Vec<Duration>,
    _backends: Vec<Backend>,
}

impl Scene {
    async fn start() -> Result<Self> {
        let mut backends = Vec::new();
        for name in NAMES {
            backends.push(Backend::start(name).await?);
        }
        let ports = [backends[0].port(), backends[1].port(), backends[2].port()];
        let authority = Authority::new()?;
        let folder = Folder::new()?;
        for (name, port) in NAMES.iter().zip(ports) {
            folder.write_objects(&format!("service-{name}.yaml"), &objects::service(name, &[port]))?;
        }
        folder.write_objects("a.yaml", &a("one", None))?;
        folder.write_objects("generation-0.yaml", &objects::service("generation-0", &ports[..1]))?;
        folder.write_objects("b.yaml", &host("b", "generation-0"))?;
        folder.write_objects("pool.yaml", &objects::service("pool", &ports[..1]))?;
        folder.write_objects("c.yaml", &host("c", "pool"))?;
        folder.write_objects("secure.yaml", &secure("secure", &authority.certificate(COVERED)?))?;
        folder.write_objects("mall.yaml", &mall())?;
        let controller = Controller::start(folder, LOCAL_SETTINGS).await?;
        Ok(Self {
            http: controller.http(),
            https: controller.https(),
            controller,
            authority,
            ports,
            delays: Vec::new(),
            _backends: backends,
        })
    }

    fn targets(&self) -> Result<Vec<Target>> {
        let secure = self
            .https
            .clone()
            .tls("secure.example.com", &self.authority.client(&[])?);
        let filtered = self.http.clone().preamble(proxy_header::v2(443));
        Ok(vec![
            Target::new(&self.http, "a.example.com", "/"),
            Target::new(&self.http, "A.example.com:80", "/moving"),
            Target::new(&self.http, "b.example.com", "/"),
            Target::new(&self.http, "c.example.com", "/"),
            Target::new(&secure, "secure.example.com", "/"),
            Target::new(&filtered, "shoes.mall.example.com", "/"),
        ])
    }

    /// Makes one edit and waits until it is seen.
    async fn edit(&mut self, what: &str, edit: impl FnOnce(&Folder) -> Result<()>, effect: Effect<'_>) -> Result<()> {
        ensure!(
            effect.check(self).await.is_err(),
            "{what}: there is nothing to be seen: {effect:?}"
        );
        let start = Instant::now();
        edit(&self.controller.folder)?;
        until(what, async || effect.check(self).await).await?;
        self.delays.push(start.elapsed());
        Ok(())
    }

    /// One edit of every kind; what they leave behind is what the next round starts from.
    async fn round(&mut self, round: usize) -> Result<()> {
        let (old, new) = if round.is_multiple_of(2) {
            ("one", "two")
        } else {
            ("two", "one")
        };
        self.routes(round, old, new).await.context("routes")?;
        self.services(round, new).await.context("services")?;
        self.endpoints().await.context("endpoints")?;
        self.hosts(round).await.context("hosts")?;
        self.tls_hosts(round).await.context("TLS hosts")
    }

    async fn routes(&mut self, round: usize, old: &str, new: &str) -> Result<()> {
        let path = format!("/{round}");
        let path = path.as_str();
        let at = |backend| Effect::Answers("a.example.com", path, backend);
        let write = |moving, extra| move |folder: &Folder| folder.write_objects("a.yaml", &a(moving, extra));
        let (one, two) = (Some((path, "one")), Some((path, "two")));
        self.edit("a route is added", write(old, one), at("one")).await?;
        self.edit("a route is moved", write(old, two), at("two")).await?;
        let under_load = Effect::Answers("a.example.com", "/moving", new);
        self.edit("a route under load is moved", write(new, two), under_load)
            .await?;
        self.edit("a route is removed", write(new, None), at("three")).await
    }

    /// The new service comes, the route moves and the old service goes, all at once.
    async fn services(&mut self, round: usize, new: &str) -> Result<()> {
        let port = self.ports[usize::from(new == "two")];
        let replace = |folder: &Folder| {
            let name = format!("generation-{}", round + 1);
            folder.write_objects(&format!("{name}.yaml"), &objects::service(&name, &[port]))?;
            folder.write_objects("b.yaml", &host("b", &name))?;
            folder.remove(&format!("generation-{round}.yaml"))
        };
        let effect = Effect::Answers("b.example.com", "/", new);
        self.edit("a service is replaced", replace, effect).await
    }

    async fn endpoints(&mut self) -> Result<()> {
        let [one, two, _] = self.ports;
        let write = |ports: Vec<u16>| {
            move |folder: &Folder| folder.write_objects("pool.yaml", &objects::service("pool", &ports))
        };
        let is_used = |backend| Effect::Answers("c.example.com", "/", backend);
        let is_spared = |backend| Effect::IsSpared("c.example.com", backend);
        let (added, removed) = ("an endpoint is added", "an endpoint is removed");
        self.edit(added, write(vec![one, two]), is_used("two")).await?;
        self.edit(removed, write(vec![two]), is_spared("one")).await?;
        self.edit(added, write(vec![one, two]), is_used("one")).await?;
        self.edit(removed, write(vec![one]), is_spared("two")).await
    }

    async fn hosts(&mut self, round: usize) -> Result<()> {
        let name = &format!("host-{round}");
        let file = &format!("{name}.yaml");
        let fqdn = &format!("{name}.example.com");
        let write = |service| move |folder: &Folder| folder.write_objects(file, &host(name, service));
        let remove = |folder: &Folder| folder.remove(file);
        let by = |backend| Effect::Answers(fqdn, "/", backend);
        self.edit("a host is added", write("one"), by("one")).await?;
        self.edit("a host is moved", write("two"), by("two")).await?;
        self.edit("a host is removed", remove, Effect::IsUnknown(fqdn)).await
    }

    async fn tls_hosts(&mut self, round: usize) -> Result<()> {
        let name = &format!("tls-{round}");
        let file = &format!("{name}.yaml");
        let fqdn = &format!("{name}.example.com");
        let certificate = self.authority.certificate(fqdn)?;
        let add = |folder: &Folder| folder.write_objects(file, &secure(name, &certificate));
        let remove = |folder: &Folder| folder.remove(file);
        let effect = Effect::ShowsCertificate(fqdn, &certificate);
        self.edit("a TLS host is added", add, effect).await?;
        self.edit("a TLS host is removed", remove, Effect::RefusesName(fqdn))
            .await?;
        self.neighbours().await
    }

    /// Of the TLS host under load: the same certificate, the same filter chain.
    async fn neighbours(&mut self) -> Result<()> {
        let renewed = self.authority.certificate(COVERED)?;
        let rotate = |folder: &Folder| folder.write_objects("secure.yaml", &secure("secure", &renewed));
        let effect = Effect::ShowsCertificate("secure.example.com", &renewed);
        self.edit("a certificate is rotated", rotate, effect).await?;
        let share = |folder: &Folder| folder.write_objects("neighbour.yaml", &[secure_proxy("neighbour", "secure")]);
        let effect = Effect::ShowsCertificate("neighbour.example.com", &renewed);
        self.edit("a TLS host shares a certificate", share, effect).await?;
        let effect = Effect::RefusesName("neighbour.example.com");
        self.edit("it leaves again", |folder| folder.remove("neighbour.yaml"), effect)
            .await
    }
}

/// What shows that an edit has arrived.
#[derive(Debug)]
enum Effect<'a> {
    /// A request to this host and path is answered by this backend.
    Answers(&'a str, &'a str, &'a str),
    /// None of many requests to this host is answered by this backend.
    IsSpared(&'a str, &'a str),
    /// The host answers 404.
    IsUnknown(&'a str),
    /// The name is served with this certificate.
    ShowsCertificate(&'a str, &'a Certificate),
    /// No handshake for this name succeeds.
    RefusesName(&'a str),
}

impl Effect<'_> {
    async fn check(&self, scene: &Scene) -> Result<()> {
        match self {
            Self::Answers(host, path, backend) => {
                let answered = scene.http.get(host, path).await?.backend()?;
                ensure!(answered == *backend, "answered by {answered}");
            }
            Self::IsSpared(host, backend) => {
                let mut connection = scene.http.open().await?;
                for _ in 0..20 {
                    let answered = connection.get(host, "/", &[]).await?.backend()?;
                    ensure!(answered != *backend, "answered by {answered}");
                }
            }
            Self::IsUnknown(host) => {
                let status = scene.http.get(host, "/").await?.status;
                ensure!(status == 404, "status {status}");
            }
            Self::ShowsCertificate(name, certificate) => {
                let dial = scene.https.clone().tls(name, &scene.authority.client(&[])?);
                ensure!(dial.certificate().await? == certificate.der()?, "another certificate");
                dial.get(name, "/").await?.backend()?;
            }
            Self::RefusesName(name) => {
                let dial = scene.https.clone().tls(name, &scene.authority.client(&[])?);
                if dial.certificate().await.is_ok() {
                    bail!("the handshake succeeded");
                }
            }
        }
        Ok(())
    }
}

/// The host `a`: one route that stays, one that moves, and perhaps another.
fn a(moving: &str, extra: Option<(&str, &str)>) -> [Value; 1] {
    let mut routes = vec![objects::route("/", "three"), objects::route("/moving", moving)];
    routes.extend(extra.map(|(path, service)| objects::route(path, service)));
    [objects::proxy("a", "a.example.com", &routes)]
}

fn host(name: &str, service: &str) -> [Value; 1] {
    [objects::proxy(
        name,
        &format!("{name}.example.com"),
        &[objects::route("/", service)],
    )]
}

/// A wildcard host whose every request the policy filter judges.
fn mall() -> [Value; 2] {
    let proxy = objects::proxy("mall", "*.mall.example.com", &[objects::route("/", "one")]);
    [proxy, objects::insecure_policy("mall", "Redirect")]
}

fn secure(name: &str, certificate: &Certificate) -> [Value; 2] {
    [objects::secret(name, certificate), secure_proxy(name, name)]
}

fn secure_proxy(name: &str, secret: &str) -> Value {
    objects::secure_proxy(
        name,
        &format!("{name}.example.com"),
        secret,
        &[objects::route("/", "one")],
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edits_under_load_drop_nothing() -> Result<()> {
    let mut scene = Scene::start().await?;
    let load = Load::start(&scene.targets()?, 2);
    load.more(200).await?;
    for round in 0..ROUNDS {
        scene.round(round).await.with_context(|| format!("round {round}"))?;
    }
    load.more(200).await?;
    let requests = load.stop().await?;
    let mut delays = scene.delays;
    delays.sort();
    assert!(delays.len() >= 200, "only {} edits", delays.len());
    let (median, last) = (delays[delays.len() / 2], delays[delays.len() - 1]);
    eprintln!(
        "{} edits during {requests} requests; seen after {median:?} (median), {last:?} (most)",
        delays.len()
    );
    Ok(())
}
