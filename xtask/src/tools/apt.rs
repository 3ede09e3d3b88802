//! Debian packages, where a tool comes in no other way.

use anyhow::{Result, bail};
use nix::unistd::Uid;
use tokio::process::Command;

use crate::{step::Steps, tools::on_path};

/// Installs packages if this is a Debian-like system on which we may; asks no questions.
pub(crate) async fn install(packages: &[&str], steps: &mut Steps) -> Result<()> {
    let list = packages.join(" ");
    if on_path("apt-get").is_none() {
        bail!("this is no Debian-like system, so {list} cannot be installed by apt-get");
    }
    if !Uid::effective().is_root() && on_path("sudo").is_none() {
        bail!("to install {list} by apt-get, root or sudo is needed");
    }
    steps
        .run("refreshing the list of Debian packages", apt_get().arg("update"))
        .await?;
    let title = format!("installing Debian's {list}");
    steps
        .run(
            &title,
            apt_get()
                .args(["install", "--yes", "--no-install-recommends"])
                .args(packages),
        )
        .await
}

fn apt_get() -> Command {
    let mut command = if Uid::effective().is_root() {
        Command::new("env")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["--non-interactive", "env"]);
        sudo
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]);
    command
}
