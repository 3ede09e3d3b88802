//! A network load balancer that ends TLS, and a client who follows where redirects lead.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result, ensure};
use isoline_tests::{
    authority::{Authority, Certificate},
    client::{Answer, Dial},
    proxy_header,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// More than any browser follows.
const REDIRECTS: usize = 20;

/// Where it leads connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Targets {
    /// Those that it takes in cleartext.
    pub(crate) http: u16,
    /// Those of which it ends TLS.
    pub(crate) https: u16,
    /// Whether it begins each with a PROXY header.
    pub(crate) announces: bool,
}

/// A running load balancer; it ends, with its connections, when it is dropped.
#[derive(Debug)]
pub(crate) struct Nlb {
    http: u16,
    https: u16,
    _tasks: JoinSet<Result<()>>,
}

/// What a client comes to.
#[derive(Debug)]
pub(crate) enum End {
    /// An answer that is no redirect, and all URLs up to it.
    Answer(Answer, Vec<String>),
    /// It is sent where it has been before.
    Loop,
}

impl Nlb {
    pub(crate) async fn start(targets: Targets, certificate: &Certificate) -> Result<Self> {
        let (http, https) = (listener().await?, listener().await?);
        let ports = [http.local_addr()?.port(), https.local_addr()?.port()];
        let preamble = |dialled| {
            if targets.announces {
                proxy_header::v2(dialled)
            } else {
                Vec::new()
            }
        };
        let (in_clear, over_tls) = (preamble(80), preamble(443));
        let acceptor = certificate.acceptor()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = http.accept().await?;
                connections.spawn(pass_on(client, targets.http, in_clear.clone()));
            }
        });
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = https.accept().await?;
                let (acceptor, preamble) = (acceptor.clone(), over_tls.clone());
                connections.spawn(async move {
                    let client = acceptor.accept(client).await?;
                    pass_on(client, targets.https, preamble).await
                });
            }
        });
        let [http, https] = ports;
        Ok(Self {
            http,
            https,
            _tasks: tasks,
        })
    }

    /// Goes to this URL, and on to wherever redirects lead.
    pub(crate) async fn follow(&self, url: &str) -> Result<End> {
        let mut visited = vec![url.to_owned()];
        loop {
            let answer = self.get(visited.last().context("there is a URL to go to")?).await?;
            let Some(location) = answer.location().map(str::to_owned) else {
                return Ok(End::Answer(answer, visited));
            };
            if visited.contains(&location) {
                return Ok(End::Loop);
            }
            ensure!(visited.len() < REDIRECTS, "no end after {visited:?}");
            visited.push(location);
        }
    }

    async fn get(&self, url: &str) -> Result<Answer> {
        let (scheme, rest) = url.split_once("://").context("a redirect leads to a URL")?;
        let slash = rest.find('/').context("a URL has a path")?;
        let (host, path) = rest.split_at(slash);
        let dial = match scheme {
            "https" => Dial::port(self.https).tls(host, &Authority::trusting_anybody()),
            _ => Dial::port(self.http),
        };
        dial.get(host, path).await
    }
}

async fn listener() -> Result<TcpListener> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?)
}

async fn pass_on(mut client: impl AsyncRead + AsyncWrite + Unpin, port: u16, preamble: Vec<u8>) -> Result<()> {
    let mut server = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    server.write_all(&preamble).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
