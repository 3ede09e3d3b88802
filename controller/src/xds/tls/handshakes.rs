//! TLS handshakes, many at once.

use std::{collections::VecDeque, io, net::SocketAddr, sync::Arc, time::Duration};

use prometheus_client::metrics::counter::Counter;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::{AbortHandle, JoinSet, spawn_blocking},
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tonic::transport::server::TcpIncoming;

use super::Credentials;

/// A handshake is two messages; who takes longer is not there to be served.
const WITHIN: Duration = Duration::from_secs(10);
/// How many may be going on. One more ends the oldest, which has had the most time, so that a crowd of silent clients
/// does not keep an Envoy out.
const AT_ONCE: usize = 256;
/// How long to wait when a connection cannot be taken, as when there are too many open files.
const PAUSE: Duration = Duration::from_millis(100);

type Secured = TlsStream<TcpStream>;

/// Takes connections and shakes hands.
#[derive(Debug)]
pub(in crate::xds) struct Handshakes {
    credentials: Arc<Credentials>,
    failures: Counter,
    at_once: usize,
    within: Duration,
    running: JoinSet<Option<Secured>>,
    oldest_first: VecDeque<(SocketAddr, AbortHandle)>,
}

impl Handshakes {
    pub(in crate::xds) fn new(credentials: Credentials, failures: Counter) -> Self {
        Self {
            credentials: Arc::new(credentials),
            failures,
            at_once: AT_ONCE,
            within: WITHIN,
            running: JoinSet::new(),
            oldest_first: VecDeque::new(),
        }
    }

    #[cfg(test)]
    pub(super) fn limited(self, at_once: usize, within: Duration) -> Self {
        Self {
            at_once,
            within,
            ..self
        }
    }

    /// The connections of clients that have shown a certificate. They end when nobody takes them any more.
    pub(in crate::xds) fn incoming(self, listener: TcpListener) -> ReceiverStream<io::Result<Secured>> {
        let (secured, incoming) = mpsc::channel(1);
        let listener = TcpIncoming::from(listener).with_nodelay(Some(true));
        tokio::spawn(self.run(listener, secured));
        ReceiverStream::new(incoming)
    }

    async fn run(mut self, mut listener: TcpIncoming, secured: mpsc::Sender<io::Result<Secured>>) {
        loop {
            tokio::select! {
                () = secured.closed() => return,
                Some(accepted) = listener.next() => match accepted {
                    Ok(stream) => self.start(stream),
                    Err(error) => {
                        tracing::error!(%error, "cannot take a connection to xDS");
                        sleep(PAUSE).await;
                    }
                },
                Some(ended) = self.running.join_next() => {
                    self.oldest_first.retain(|(_, handshake)| !handshake.is_finished());
                    // An error says that it was ended for a newer one.
                    if let Ok(Some(stream)) = ended && secured.send(Ok(stream)).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    fn start(&mut self, stream: TcpStream) {
        // Without a peer it is closed already.
        let Ok(peer) = stream.peer_addr() else { return };
        if self.oldest_first.len() >= self.at_once
            && let Some((peer, oldest)) = self.oldest_first.pop_front()
        {
            oldest.abort();
            self.failures.inc();
            report(peer, "not finished when a newer one needed room");
        }
        let (credentials, failures, within) = (Arc::clone(&self.credentials), self.failures.clone(), self.within);
        let handshake = self.running.spawn(async move {
            let outcome = timeout(within, shake_hands(stream, credentials)).await;
            let reason = match outcome {
                Ok(Ok(secured)) => return secured,
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("not finished within {within:?}"),
            };
            failures.inc();
            report(peer, &reason);
            None
        });
        self.oldest_first.push_back((peer, handshake));
    }
}

fn report(peer: SocketAddr, reason: &str) {
    tracing::warn!(%peer, reason, "TLS handshake for xDS failed");
}

/// Nothing if the client has gone without a word, as probes of the port do.
async fn shake_hands(stream: TcpStream, credentials: Arc<Credentials>) -> io::Result<Option<Secured>> {
    match stream.peek(&mut [0]).await {
        Ok(0) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
        started => started?,
    };
    let config = spawn_blocking(move || credentials.current()).await?;
    TlsAcceptor::from(config).accept(stream).await.map(Some)
}

#[cfg(test)]
mod tests;
