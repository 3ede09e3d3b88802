//! A load balancer for TCP: it looks who is ready, and leads new connections there.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};

use crate::envoy::Admin;

/// How often it looks.
pub const INTERVAL: Duration = Duration::from_millis(20);

/// A running load balancer; it ends, with its connections, when it is dropped.
#[derive(Debug)]
pub struct Balancer {
    port: u16,
    _tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Target {
    port: u16,
    is_ready: AtomicBool,
}

impl Balancer {
    /// Before Envoys on these ports, whose admin interfaces say whether they are ready.
    pub async fn start(targets: impl IntoIterator<Item = (u16, Admin)>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let mut tasks = JoinSet::new();
        let mut all = Vec::new();
        for (port, admin) in targets {
            let target = Arc::new(Target {
                port,
                is_ready: AtomicBool::new(admin.check_live().await.is_ok()),
            });
            all.push(Arc::clone(&target));
            tasks.spawn(async move {
                loop {
                    sleep(INTERVAL).await;
                    let is_ready = admin.check_live().await.is_ok();
                    target.is_ready.store(is_ready, Ordering::Relaxed);
                }
            });
        }
        tasks.spawn(balance(listener, all));
        Ok(Self { port, _tasks: tasks })
    }

    /// Where it listens on the loopback address.
    pub fn port(&self) -> u16 {
        self.port
    }
}

async fn balance(listener: TcpListener, targets: Vec<Arc<Target>>) {
    let mut connections = JoinSet::new();
    let mut turns = targets.iter().cycle();
    loop {
        tokio::select! {
            Ok((mut client, _)) = listener.accept() => {
                let ready = turns.by_ref().take(targets.len()).find(|target| target.is_ready.load(Ordering::Relaxed));
                // With nobody ready the client sees its connection close.
                let Some(port) = ready.map(|target| target.port) else { continue };
                connections.spawn(async move {
                    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
                    client.set_nodelay(true)?;
                    server.set_nodelay(true)?;
                    copy_bidirectional(&mut client, &mut server).await
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
