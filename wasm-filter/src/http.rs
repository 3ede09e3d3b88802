//! The context of one request.

use std::rc::Rc;

use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

use crate::cookies::CookieRewriter;
use crate::enforcer::{Enforcer, Flow, refuse};
use crate::host::Envoy;

/// One request; without an enforcer, which only a refused configuration leaves behind, it is answered with 503.
pub(crate) struct Http {
    pub(crate) enforcer: Option<Rc<Enforcer>>,
    pub(crate) cookies: Rc<CookieRewriter>,
    pub(crate) envoy: Rc<Envoy>,
    pub(crate) rewrites_cookies: bool,
}

impl Context for Http {}

impl HttpContext for Http {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let flow = match &self.enforcer {
            Some(enforcer) => enforcer.enforce(&*self.envoy),
            None => refuse(&*self.envoy),
        };
        match flow {
            Flow::Continue { rewrites_cookies } => {
                self.rewrites_cookies = rewrites_cookies;
                Action::Continue
            }
            Flow::Answered => Action::Pause,
        }
    }

    fn on_http_response_headers(&mut self, _: usize, _: bool) -> Action {
        if self.rewrites_cookies {
            self.cookies.rewrite(&*self.envoy);
        }
        Action::Continue
    }
}
