//! `up`: the whole of Isoline on this machine, serving `examples/` from sample backends until Ctrl-C.

use std::{
    path::{Path, PathBuf},
    process::{ExitCode, ExitStatus},
    time::Instant,
};

use anyhow::{Result, bail};

use crate::{
    backends::Backends,
    build::{self, Profile},
    certificates::Certificates,
    controller::{Controller, Launch},
    interrupt::Interrupt,
    paths, playground,
    ports::{ADMIN, CONTROLLER, HTTP, HTTPS, Offset, TLS_OFFLOAD, XDS},
    step::{Steps, seconds},
    tools::envoy,
    wasm,
};

/// How `up` serves.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Move every port up by this number.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=i64::from(Offset::MAX)))]
    port_offset: u16,
    /// Serve with the debug build of the controller: sooner built, slower.
    #[arg(long)]
    debug: bool,
}

/// Serves until an interrupt; if the controller ends by itself, its exit status becomes ours.
pub(crate) async fn run(options: &Options, steps: &mut Steps, interrupt: &mut Interrupt) -> Result<ExitCode> {
    let offset = Offset(options.port_offset);
    offset.check()?;
    let certificates = Certificates::ensure()?;
    let (envoy, binary) = tokio::select! {
        prepared = prepare(options, steps) => prepared?,
        () = interrupt.received() => bail!("interrupted"),
    };
    let _backends = Backends::start(offset, &certificates.passthrough()).await?;
    let folders = [paths::root().join("examples"), certificates.objects()];
    let authority = certificates.authority();
    let mut controller = Controller::start(Launch {
        binary: &binary,
        envoy: &envoy,
        folders: &folders,
        config: "config/local.yaml",
        log: None,
        offset,
    })?;
    let served = tokio::select! {
        served = serve(&mut controller, offset, &authority) => Some(served),
        () = interrupt.received() => None,
    };
    controller.stop().await?;
    if let Some(served) = served {
        return ended(served?);
    }
    println!("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn prepare(options: &Options, steps: &mut Steps) -> Result<(PathBuf, PathBuf)> {
    let envoy = envoy::find(steps).await?;
    wasm::build(steps).await?;
    playground::build_if_possible(steps).await?;
    let profile = if options.debug { Profile::Dev } else { Profile::Release };
    Ok((envoy, build::controller(profile, steps).await?))
}

async fn serve(controller: &mut Controller, offset: Offset, authority: &Path) -> Result<ExitStatus> {
    println!("==> waiting for the controller and Envoy ...");
    let start = Instant::now();
    controller.ready().await?;
    println!("    ready in {}", seconds(start.elapsed()));
    print_guide(offset, authority);
    controller.ended().await
}

fn ended(status: ExitStatus) -> Result<ExitCode> {
    match status.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code) => {
            println!("the controller ended by itself: {status}");
            Ok(ExitCode::from(code))
        }
        None => bail!("the controller was ended from outside: {status}"),
    }
}

fn print_guide(offset: Offset, authority: &Path) {
    let [http, https, offload, admin, controller, xds] =
        [HTTP, HTTPS, TLS_OFFLOAD, ADMIN, CONTROLLER, XDS].map(|port| offset.of(port));
    let authority = paths::shown(authority);
    println!(
        "
Isoline serves examples/: edit, add or delete a file there and Envoy follows. Ctrl-C stops everything.

  http         http://127.0.0.1:{http}
  https        https://127.0.0.1:{https}
  tls-offload  http://127.0.0.1:{offload}   what a load balancer that ended TLS sends
  Envoy admin  http://127.0.0.1:{admin}
  controller   http://127.0.0.1:{controller}   health, metrics, status
  playground   http://127.0.0.1:{controller}/playground/
  xDS          127.0.0.1:{xds}

Try a plain host, a TLS host, and one whose TLS ends at the load balancer (301 from cleartext, then 200):

  curl -i -H 'Host: www.example.com' http://127.0.0.1:{http}/
  curl -i --resolve secure.example.com:{https}:127.0.0.1 --cacert {authority} https://secure.example.com:{https}/
  curl -i -H 'Host: shop.example.com' http://127.0.0.1:{http}/ http://127.0.0.1:{offload}/
"
    );
}
