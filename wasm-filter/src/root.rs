//! The context of one plugin configuration: parses it once and shares it with every request.

use std::rc::Rc;

use isoline_policy::handover::PluginConfig;
use proxy_wasm::hostcalls::log;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{ContextType, LogLevel};

use crate::cookies::CookieRewriter;
use crate::enforcer::Enforcer;
use crate::host::Envoy;
use crate::http::Http;

/// One plugin configuration.
pub(crate) struct Root {
    envoy: Rc<Envoy>,
    enforcer: Option<Rc<Enforcer>>,
    cookies: Rc<CookieRewriter>,
}

impl Root {
    pub(crate) fn new() -> Self {
        Self {
            envoy: Rc::new(Envoy::new()),
            enforcer: None,
            cookies: Rc::default(),
        }
    }
}

impl Context for Root {}

impl RootContext for Root {
    fn on_vm_start(&mut self, _: usize) -> bool {
        let _ = log(
            LogLevel::Info,
            concat!("isoline policy filter ", env!("CARGO_PKG_VERSION")),
        );
        true
    }

    fn on_configure(&mut self, _: usize) -> bool {
        let text = self.get_plugin_configuration().unwrap_or_default();
        match serde_json::from_slice::<PluginConfig>(&text) {
            Ok(config) => {
                self.enforcer = Some(Rc::new(Enforcer::new(config.load_balancer)));
                true
            }
            Err(error) => {
                let _ = log(
                    LogLevel::Error,
                    &format!("the plugin configuration cannot be read: {error}"),
                );
                false
            }
        }
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Http {
            enforcer: self.enforcer.clone(),
            cookies: Rc::clone(&self.cookies),
            envoy: Rc::clone(&self.envoy),
            // Until the request has been looked at.
            rewrites_cookies: true,
        }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
