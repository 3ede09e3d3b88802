//! Envoys and the controller know each other by certificates, which rotate while they serve.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use isoline::{
    files,
    folder::Feed,
    pipeline::Pipeline,
    state::SharedState,
    xds::{Server, Store, tls},
};
use isoline_tests::{
    authority::{Authority, Certificate},
    backend::Backend,
    client::Dial,
    controller::LOCAL_SETTINGS,
    envoy::{Admin, Envoy},
    folder::Folder,
    load::{Load, Target},
    mount::{self, Mount},
    objects,
    ports::Ports,
    wait::until,
};
use isoline_translator::Settings;
use prometheus_client::{encoding::text, registry::Registry};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

const HOST: &str = "a.example.com";
const CONTROLLER: &str = "isoline";

/// What a controller serves, over mutual TLS.
struct Controller {
    ports: Ports,
    store: Arc<Store>,
    secret: Mount,
    running: Option<Running>,
}

struct Running {
    registry: Registry,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<()>>,
}

impl Controller {
    /// One host, and whoever the authority knows.
    async fn start(backend: &Backend, authority: &Authority) -> Result<Self> {
        let folder = Folder::new()?;
        folder.write_objects("one.yaml", &objects::service("one", &[backend.port()]))?;
        let proxy = objects::proxy("a", HOST, &[objects::route("/", "one")]);
        folder.write_objects("a.yaml", &[proxy])?;
        let ports = Ports::free()?;
        let store = Arc::new(Store::default());
        let mut batch = files::Batch::new();
        files::read_folder(folder.path(), &mut batch);
        let state = SharedState::default();
        let pipeline = Pipeline::new(settings(&ports)?, Arc::clone(&store), state.clone());
        Feed::new(pipeline, 0, state).take(batch);
        let secret = Mount::new(&authority.root_pem(), &authority.certificate(CONTROLLER)?)?;
        let mut controller = Self {
            ports,
            store,
            secret,
            running: None,
        };
        controller.serve().await?;
        Ok(controller)
    }

    async fn serve(&mut self) -> Result<()> {
        let options = tls::Options {
            insecure: false,
            ca: Some(self.secret.file(mount::CA)),
            certificate: Some(self.secret.file(mount::CERTIFICATE)),
            key: Some(self.secret.file(mount::KEY)),
        };
        let security = options.security()?;
        let server = Server::new(Arc::clone(&self.store));
        let mut registry = Registry::with_prefix("isoline");
        server.register(&mut registry);
        let listener = TcpListener::bind(("127.0.0.1", self.ports.xds())).await?;
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            Ok(server.serve(listener, security, stopped).await?)
        });
        self.running = Some(Running {
            registry,
            stop,
            serving,
        });
        Ok(())
    }

    /// Ends every stream, and serves again.
    async fn restart(&mut self) -> Result<()> {
        let running = self.running.take().context("it runs")?;
        drop(running.stop);
        running.serving.await??;
        self.serve().await
    }

    fn metric(&self, name: &str) -> Result<u64> {
        let mut text = String::new();
        text::encode(&mut text, &self.running.as_ref().context("it runs")?.registry)?;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(value.with_context(|| format!("{name} in {text}"))?.parse()?)
    }

    fn failures(&self) -> Result<u64> {
        self.metric("isoline_xds_tls_handshake_failures_total")
    }

    async fn connected(&self, expected: u64) -> Result<()> {
        until(&format!("{expected} are connected"), async || {
            let connected = self.metric("isoline_xds_connected_envoys")?;
            ensure!(connected == expected, "{connected} are");
            Ok(())
        })
        .await
    }

    /// The certificate that a client is shown.
    async fn shown(&self, client: &Certificate) -> Result<Vec<u8>> {
        let dial = Dial::port(self.ports.xds()).tls(CONTROLLER, &client.client()?);
        Ok(dial.certificate().await?.to_vec())
    }

    fn envoy(&self, node: &str, admin_port: u16, secret: &Mount) -> Result<Envoy> {
        Envoy::connect_secured(node, self.ports.xds(), admin_port, secret)
    }

    async fn serves(&self) -> Result<()> {
        until("Envoy serves", async || {
            let dial = Dial::port(self.ports.http());
            dial.get(HOST, "/").await?.backend()
        })
        .await?;
        Ok(())
    }
}

fn settings(ports: &Ports) -> Result<Settings> {
    let mut settings = Settings::parse(LOCAL_SETTINGS)?;
    settings.listeners.http.port = ports.http();
    settings.listeners.https.port = ports.https();
    settings.listeners.tls_offload.port = ports.tls_offload();
    Ok(settings)
}

#[tokio::test]
async fn only_who_shows_a_good_certificate_is_served() -> Result<()> {
    let backend = Backend::start("one").await?;
    let authority = Authority::new()?;
    let controller = Controller::start(&backend, &authority).await?;
    let good = Mount::new(&authority.root_pem(), &authority.certificate("envoy")?)?;
    let _good = controller.envoy("good", controller.ports.admin(), &good)?;
    controller.serves().await?;
    controller.connected(1).await?;
    ensure!(controller.failures()? == 0, "nobody was refused");

    let stranger = Authority::new()?.certificate("envoy")?;
    for (name, certificate) in [
        ("strange", stranger),
        ("expired", authority.expired_certificate("envoy")?),
    ] {
        let before = controller.failures()?;
        let secret = Mount::new(&authority.root_pem(), &certificate)?;
        let bad = controller.envoy(name, controller.ports.second_admin(), &secret)?;
        refused(&controller, before, &bad.admin).await?;
    }
    let before = controller.failures()?;
    let bare = Envoy::connect("bare", controller.ports.xds(), controller.ports.second_admin())?;
    refused(&controller, before, &bare.admin).await?;
    // Rustls takes a client's certificate last, so that one without any learns of it when it reads.
    let before = controller.failures()?;
    let nameless = Dial::port(controller.ports.xds()).tls(CONTROLLER, &Authority::trusting_anybody());
    let refusal = nameless.get(CONTROLLER, "/").await;
    ensure!(refusal.is_err() && controller.failures()? > before, "{refusal:?}");
    controller.serves().await?;
    controller.connected(1).await
}

async fn refused(controller: &Controller, before: u64, admin: &Admin) -> Result<()> {
    until("it is refused", async || {
        ensure!(controller.failures()? > before, "not yet");
        Ok(())
    })
    .await?;
    // Whether it is connected is no sign: it tries again, and learns only then that it is refused.
    let taken = admin
        .stats(r"^(cluster_manager\.cds|listener_manager\.lds)\.update_success$")
        .await?;
    ensure!(
        !taken.is_empty() && taken.values().all(|updates| *updates == 0),
        "{taken:?}"
    );
    controller.connected(1).await
}

#[tokio::test]
async fn envoy_serves_nobody_but_its_controller() -> Result<()> {
    let backend = Backend::start("one").await?;
    let authority = Authority::new()?;
    let controller = Controller::start(&backend, &authority).await?;
    // Of the same authority, but not the controller.
    let envoy = authority.certificate("envoy")?;
    controller.secret.write(&authority.root_pem(), &envoy)?;
    let secret = Mount::new(&authority.root_pem(), &envoy)?;
    let running = controller.envoy("envoy", controller.ports.admin(), &secret)?;
    until("Envoy refuses", async || {
        let stats = running.admin.stats("^cluster.isoline.ssl.fail_verify_san$").await?;
        ensure!(stats.values().any(|count| *count > 0), "{stats:?}");
        Ok(())
    })
    .await?;
    ensure!(controller.metric("isoline_xds_connected_envoys")? == 0);
    Ok(())
}

#[tokio::test]
async fn certificates_and_authorities_rotate_under_load() -> Result<()> {
    let backend = Backend::start("one").await?;
    let (old, new) = (Authority::new()?, Authority::new()?);
    let mut controller = Controller::start(&backend, &old).await?;
    let first = old.certificate("envoy")?;
    let secret = Mount::new(&old.root_pem(), &first)?;
    let envoy = controller.envoy("envoy", controller.ports.admin(), &secret)?;
    controller.serves().await?;
    let target = Target::new(&Dial::port(controller.ports.http()), HOST, "/");
    let load = Load::start(&[target], 2);
    load.more(200).await?;

    // What is half written is not used, and nobody is turned away.
    let before = controller.shown(&first).await?;
    let broken = Certificate {
        chain: new.certificate(CONTROLLER)?.chain,
        key: first.key.clone(),
    };
    controller.secret.write(&old.root_pem(), &broken)?;
    ensure!(controller.shown(&first).await? == before, "the good one stays");

    let both = format!("{}{}", new.root_pem(), old.root_pem());
    let (server, client) = (new.certificate(CONTROLLER)?, new.certificate("envoy")?);
    controller.secret.write(&both, &old.certificate(CONTROLLER)?)?;
    secret.write(&both, &first)?;
    controller.secret.write(&both, &server)?;
    secret.write(&both, &client)?;
    ensure!(
        controller.shown(&first).await? == server.der()?.to_vec(),
        "the new one is shown"
    );
    controller.secret.write(&new.root_pem(), &server)?;
    secret.write(&new.root_pem(), &client)?;
    let serial = client.serial()?;
    until("Envoy has the new certificate", async || {
        let certificates = envoy.admin.certificates().await?;
        ensure!(certificates.contains(&serial), "{serial} in {certificates}");
        Ok(())
    })
    .await?;
    load.more(200).await?;
    let connections = envoy.admin.stats("^cluster.isoline.upstream_cx_total$").await?;
    ensure!(
        connections.values().sum::<u64>() == 1,
        "the stream went on: {connections:?}"
    );

    // From here on nothing of the old authority is left, on either side.
    controller.restart().await?;
    controller.connected(1).await?;
    let refused = Dial::port(controller.ports.xds()).tls(CONTROLLER, &first.client()?);
    let refused = refused.get(CONTROLLER, "/").await;
    ensure!(refused.is_err() && controller.failures()? == 1, "{refused:?}");
    load.more(200).await?;
    eprintln!("{} requests", load.stop().await?);
    Ok(())
}
