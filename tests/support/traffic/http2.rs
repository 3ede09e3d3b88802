//! HTTP/2. Its failures are told in the words of curl.

use h2::{Reason, client::SendRequest};
use hyper::{
    Request as HttpRequest, Uri,
    body::Bytes,
    header::{HeaderName, HeaderValue},
    http,
};

use super::{
    connection::{Answer, io_failure},
    request::Request,
    result::Failure,
};
use crate::client::Stream;

/// Opens a connection; the other side is believed to speak HTTP/2.
pub(super) async fn open(stream: Box<dyn Stream>) -> Result<SendRequest<Bytes>, Failure> {
    let (sender, connection) = h2::client::handshake(stream).await.map_err(|error| failure(&error))?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Sends a request and waits for the answer.
pub(super) async fn exchange(
    connection: &mut SendRequest<Bytes>,
    request: &Request,
    headers: &[(String, String)],
) -> Result<Answer, Failure> {
    let message = message(request, headers).map_err(|error| Failure::Error(error.to_string()))?;
    let mut sender = connection.clone().ready().await.map_err(|error| failure(&error))?;
    let body = request.body.clone();
    let (response, mut sending) = sender
        .send_request(message, body.is_none())
        .map_err(|error| failure(&error))?;
    if let Some(body) = body {
        sending.send_data(body.into(), true).map_err(|error| failure(&error))?;
    }
    let (parts, mut receiving) = response.await.map_err(|error| failure(&error))?.into_parts();
    let mut body = Vec::new();
    while let Some(chunk) = receiving.data().await {
        let chunk = chunk.map_err(|error| failure(&error))?;
        receiving
            .flow_control()
            .release_capacity(chunk.len())
            .map_err(|error| failure(&error))?;
        body.extend(chunk);
    }
    let headers = parts.headers.iter();
    let headers = headers.map(|(name, value)| {
        (
            name.to_string(),
            value.as_bytes().iter().copied().map(char::from).collect(),
        )
    });
    Ok(Answer {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body,
    })
}

fn message(request: &Request, headers: &[(String, String)]) -> http::Result<HttpRequest<()>> {
    let scheme = if request.url.is_secure { "https" } else { "http" };
    let mut uri = Uri::builder().scheme(scheme).path_and_query(request.target());
    if !request.no_host {
        uri = uri.authority(request.url.authority.as_str());
    }
    let mut message = HttpRequest::builder().method(request.method.as_str()).uri(uri.build()?);
    for (name, value) in headers {
        message = message.header(
            HeaderName::from_bytes(name.as_bytes())?,
            HeaderValue::from_bytes(value.as_bytes())?,
        );
    }
    if let Some(body) = &request.body {
        message = message.header("content-length", body.len());
    }
    message.body(())
}

fn failure(error: &h2::Error) -> Failure {
    if let Some(failure) = error.get_io().and_then(io_failure) {
        return failure;
    }
    let reason = error.reason().filter(|_| error.is_reset());
    Failure::Error(reason.map_or_else(
        || "curl: (52) Empty reply from server".to_owned(),
        |reason| {
            format!(
                "curl: (92) HTTP/2 stream 1 was not closed cleanly: {} (err {})",
                name(reason),
                u32::from(reason)
            )
        },
    ))
}

/// The name in the standard.
fn name(reason: Reason) -> String {
    format!("{reason:?}")
}
