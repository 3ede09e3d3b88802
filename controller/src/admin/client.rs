//! Requests to the admin interface, each on a connection of its own.

use std::{io, time::Duration};

use http_body_util::{BodyExt as _, Empty};
use hyper::{
    Method, Request, StatusCode,
    body::Bytes,
    client::conn::http1,
    header::{HOST, HeaderValue},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
    time::{error::Elapsed, timeout},
};

use crate::address::Address;

/// The admin interface answers between other work of Envoy's main thread.
const WITHIN: Duration = Duration::from_secs(5);

/// A client of one Envoy's admin interface.
#[derive(Debug, Clone)]
pub struct Admin(Address);

/// An answer that is none.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// Nobody listens.
    #[error("cannot reach Envoy's admin interface at {address}")]
    Connect {
        /// Where it should be.
        address: Address,
        /// Why not.
        source: io::Error,
    },
    /// The connection broke, or what came was no HTTP.
    #[error("Envoy's admin interface does not answer")]
    Exchange(#[from] hyper::Error),
    /// It took too long.
    #[error("Envoy's admin interface does not answer within {WITHIN:?}")]
    Timeout(#[from] Elapsed),
    /// A refusal.
    #[error("Envoy's admin interface answers {status} to {target}")]
    Status {
        /// What was asked for.
        target: String,
        /// The answer.
        status: StatusCode,
    },
    /// Not the JSON that was asked for.
    #[error("Envoy's admin interface answers {target} with no JSON")]
    Json {
        /// What was asked for.
        target: String,
        /// Why it is none.
        source: serde_json::Error,
    },
}

impl Admin {
    /// At this address.
    pub fn at(address: Address) -> Self {
        Self(address)
    }

    /// Asks something; any good answer will do.
    pub async fn get(&self, target: &str) -> Result<(), AdminError> {
        self.send(Method::GET, target).await.map(drop)
    }

    /// Reads something.
    pub async fn json(&self, target: &str) -> Result<Value, AdminError> {
        let body = self.send(Method::GET, target).await?;
        serde_json::from_slice(&body).map_err(|source| AdminError::Json {
            target: target.to_owned(),
            source,
        })
    }

    /// Changes something.
    pub async fn post(&self, target: &str) -> Result<(), AdminError> {
        self.send(Method::POST, target).await.map(drop)
    }

    async fn send(&self, method: Method, target: &str) -> Result<Bytes, AdminError> {
        timeout(WITHIN, self.try_send(method, target)).await?
    }

    async fn try_send(&self, method: Method, target: &str) -> Result<Bytes, AdminError> {
        let connect = |source| AdminError::Connect {
            address: self.0.clone(),
            source,
        };
        match &self.0 {
            Address::Unix(path) => exchange(UnixStream::connect(path).await.map_err(connect)?, method, target).await,
            Address::Tcp(address) => {
                exchange(TcpStream::connect(address).await.map_err(connect)?, method, target).await
            }
        }
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    method: Method,
    target: &str,
) -> Result<Bytes, AdminError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // The connection works beside, and ends when the sender is gone.
    tokio::spawn(connection);
    let mut request = Request::new(Empty::<Bytes>::new());
    *request.method_mut() = method;
    *request.uri_mut() = target.parse().expect("targets are written in the code");
    request
        .headers_mut()
        .insert(HOST, HeaderValue::from_static("envoy-admin"));
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    if status.is_success() {
        return Ok(body);
    }
    Err(AdminError::Status {
        target: target.to_owned(),
        status,
    })
}
