//! The one chain of all hosts whose certificates are asked for when a client names them.

use isoline_envoy_api::{
    any,
    envoy::{
        config::listener::v3::{FilterChain, FilterChainMatch},
        extensions::transport_sockets::tls::{
            cert_mappers::sni::v3::Sni,
            cert_selectors::on_demand_secret::v3::Config,
            v3::{CommonTlsContext, DownstreamTlsContext, downstream_tls_context::SessionTicketKeysType},
        },
    },
};
use isoline_policy::Listener;

use super::{HTTPS, chain::alpn};
use crate::{
    envoy::{
        Entrance,
        hcm::{self, Door},
        tls, words,
    },
    extension::Services,
    settings::Settings,
};

/// What is asked for by a client that names no host: nobody is called so.
const NOBODY: &str = "-";

pub(super) fn filter_chain(services: &Services, settings: &Settings) -> FilterChain {
    let door = Door {
        entrance: &Entrance::Https,
        stat_prefix: HTTPS,
        forward: None,
    };
    FilterChain {
        name: format!("{}/on-demand", Listener::Https.as_str()),
        filter_chain_match: Some(FilterChainMatch {
            transport_protocol: "tls".to_owned(),
            ..Default::default()
        }),
        filters: hcm::filters(&door, services, settings),
        transport_socket: Some(tls::transport_socket(any(&context(settings)))),
        ..Default::default()
    }
}

/// Envoy cannot resume sessions whose certificate it may not have.
fn context(settings: &Settings) -> DownstreamTlsContext {
    let mapper = Sni {
        default_value: NOBODY.to_owned(),
    };
    let selector = Config {
        config_source: Some(words::ads()),
        certificate_mapper: Some(words::extension("envoy.tls.certificate_mappers.sni", &mapper)),
        ..Default::default()
    };
    let parameters = &settings.tls.parameters;
    DownstreamTlsContext {
        common_tls_context: Some(CommonTlsContext {
            tls_params: Some(tls::parameters(parameters, parameters.minimum, parameters.maximum)),
            custom_tls_certificate_selector: Some(words::extension(
                "envoy.tls.certificate_selectors.on_demand_secret",
                &selector,
            )),
            alpn_protocols: alpn(&settings.http),
            ..Default::default()
        }),
        disable_stateful_session_resumption: true,
        session_ticket_keys_type: Some(SessionTicketKeysType::DisableStatelessSessionResumption(true)),
        ..Default::default()
    }
}
