//! A network of a test's own: nothing in it reaches anything else, and it ends with the last process in it.

use std::{fs, net::Ipv4Addr};

use anyhow::{Context as _, Result};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
    unistd::{getgid, getuid},
};
use rtnetlink::LinkUnspec;

const NEEDED: &str = "a test with a network of its own needs root or unprivileged user namespaces \
     (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0)";

/// The loopback device is the first one of every network.
const LOOPBACK: u32 = 1;

/// Gains the right to make networks, as root of a user namespace where we have it not already. Only a process of one
/// thread may do so.
pub fn gain_right() -> Result<()> {
    match unshare(CloneFlags::CLONE_NEWNET) {
        Err(Errno::EPERM) => {}
        outcome => return outcome.context(NEEDED),
    }
    let (user, group) = (getuid(), getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).context(NEEDED)?;
    // A group can be mapped only by who gives up the right to leave groups.
    for (file, text) in [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("0 {user} 1")),
        ("gid_map", format!("0 {group} 1")),
    ] {
        fs::write(format!("/proc/self/{file}"), text).context(NEEDED)?;
    }
    Ok(())
}

/// Moves this thread, and whatever it starts from now on, into a new network.
pub fn enter() -> Result<()> {
    unshare(CloneFlags::CLONE_NEWNET).context(NEEDED)
}

/// Gives the loopback device its own address and these.
pub async fn bring_up(addresses: impl IntoIterator<Item = Ipv4Addr>) -> Result<()> {
    let (connection, handle, _) = rtnetlink::new_connection()?;
    tokio::spawn(connection);
    let up = LinkUnspec::new_with_index(LOOPBACK).up().build();
    handle.link().set(up).execute().await.context(NEEDED)?;
    for address in addresses {
        let add = handle.address().add(LOOPBACK, address.into(), 32);
        add.execute().await.with_context(|| format!("cannot add {address}"))?;
    }
    Ok(())
}
