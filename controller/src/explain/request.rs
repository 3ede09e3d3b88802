//! What becomes of one request, for people and programs.

use std::{
    io::{self, Write},
    net::IpAddr,
};

use anyhow::Result;
use clap::ValueEnum;
use isoline_translator::{
    Change, Delta, Object, Settings, StatusChange, Translator,
    explain::{Listener, ProxyHeader, Request},
};

/// The request.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Request")]
pub(super) struct RequestOptions {
    /// What becomes of a request for this URL
    #[arg(long, group = "subject", value_name = "URL")]
    url: Option<String>,
    /// Method; GET if not given
    #[arg(short = 'X', long, conflicts_with = "load_balancer", value_name = "METHOD")]
    method: Option<String>,
    /// Header of the request; may be given several times
    #[arg(short = 'H', long = "header", conflicts_with = "load_balancer", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// Listener on which it comes in: http, https or tls-offload
    #[arg(long, conflicts_with = "load_balancer", value_name = "NAME", value_parser = listener)]
    listener: Option<Listener>,
    /// Server name in the client's TLS; the host of the URL if not given
    #[arg(long, conflicts_with = "load_balancer", value_name = "NAME")]
    server_name: Option<String>,
    /// Address of the other end of the TCP connection
    #[arg(long, conflicts_with = "load_balancer", value_name = "IP")]
    peer: Option<IpAddr>,
    /// PROXY header: the client's address and the port that it dialled, and whether its SSL TLV says that it spoke TLS
    #[arg(long, conflicts_with = "load_balancer", value_name = "IP,PORT[,tls]", value_parser = proxy)]
    proxy: Option<ProxyHeader>,
    /// Form of the output
    #[arg(short, long, conflicts_with = "load_balancer", value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Prints how it comes in, which route takes it, what is decided, and what comes of it.
pub(super) fn explain(
    objects: impl IntoIterator<Item = Object>,
    settings: Settings,
    options: &RequestOptions,
    out: &mut impl Write,
) -> Result<()> {
    let mut translator = Translator::new(settings);
    let delta = translator.apply(objects.into_iter().map(Change::Upsert));
    remark(&delta)?;
    let explanation = translator.explain(&Request {
        url: options.url.clone().unwrap_or_default(),
        method: options.method.clone().unwrap_or_default(),
        headers: options.headers.clone(),
        listener: options.listener,
        server_name: options.server_name.clone(),
        peer: options.peer,
        proxy: options.proxy,
    })?;
    match options.output {
        Output::Text => write!(out, "{explanation}")?,
        Output::Json => writeln!(out, "{}", serde_json::to_string_pretty(&explanation)?)?,
    }
    Ok(())
}

/// What else may be behind an answer that nobody expected.
fn remark(delta: &Delta) -> io::Result<()> {
    let mut errors = io::stderr().lock();
    for warning in delta.front.iter().flat_map(|front| &front.warnings) {
        writeln!(errors, "warning: {warning}")?;
    }
    for StatusChange { object, status } in &delta.statuses {
        let status = status.as_ref().filter(|status| !status.is_valid());
        if let Some(status) = status {
            writeln!(errors, "note: {object} is {}: isoline check says why", status.summary())?;
        }
    }
    Ok(())
}

fn header(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once(':').ok_or("write it as 'Name: value'")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn listener(text: &str) -> Result<Listener, &'static str> {
    let found = Listener::ALL.into_iter().find(|it| it.as_str() == text);
    found.ok_or("a listener is http, https or tls-offload")
}

fn proxy(text: &str) -> Result<ProxyHeader, String> {
    let invalid = || format!("{text:?} is not as in 203.0.113.7,443 or 203.0.113.7,443,tls");
    let mut words = text.split(',');
    let (source, port, tls) = (words.next(), words.next(), words.next());
    let header = ProxyHeader {
        source: Some(source.and_then(|it| it.parse().ok()).ok_or_else(invalid)?),
        destination_port: port.and_then(|it| it.parse().ok()).ok_or_else(invalid)?,
        ended_tls: tls.is_some(),
    };
    let is_over = words.next().is_none() && tls.is_none_or(|word| word == "tls");
    is_over.then_some(header).ok_or_else(invalid)
}
