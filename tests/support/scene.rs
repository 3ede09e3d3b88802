//! A shop behind some load balancer: all listeners, one backend, and a client for each version of HTTP.

use std::sync::Arc;

use anyhow::Result;
use serde_json::Value;
use tokio_rustls::rustls::ClientConfig;

use crate::{authority::Authority, backend::Backend, controller::Controller, folder::Folder, objects, ports::Ports};

#[derive(Debug)]
pub struct Scene {
    pub controller: Controller,
    pub http1: Arc<ClientConfig>,
    pub http2: Arc<ClientConfig>,
    /// HTTP/1.1 without SNI.
    pub nameless: Arc<ClientConfig>,
    _backend: Backend,
}

impl Scene {
    /// Behind what the block `loadBalancer` says, with these objects and the Service `shop`.
    pub async fn start(front: &str, objects: impl FnOnce(&Authority) -> Result<Vec<Value>>) -> Result<Self> {
        Self::start_with(front, "", &[], objects).await
    }

    /// The same, with more settings and arguments.
    pub async fn start_with(
        front: &str,
        more: &str,
        arguments: &[String],
        objects: impl FnOnce(&Authority) -> Result<Vec<Value>>,
    ) -> Result<Self> {
        let authority = Authority::new()?;
        let backend = Backend::start("shop").await?;
        let folder = Folder::new()?;
        let mut all = objects::service("shop", &[backend.port()]);
        all.extend(objects(&authority)?);
        folder.write_objects("all.yaml", &all)?;
        let listeners = "{address: 127.0.0.1, tlsOffload: {enabled: true}}";
        let settings = format!("loadBalancer: {front}\nlisteners: {listeners}\n{more}\n");
        let mut nameless = ClientConfig::clone(&*authority.client(&[])?);
        nameless.enable_sni = false;
        Ok(Self {
            controller: Controller::start_with(folder, &settings, Ports::free()?, arguments).await?,
            http1: authority.client(&[])?,
            http2: authority.client(&["h2"])?,
            nameless: Arc::new(nameless),
            _backend: backend,
        })
    }
}
