//! The filter that finds the scope of a host that is not written as its key is: in upper case, under a wildcard, or
//! served by nobody.
//!
//! It tries lower case, then `*.rest`, then `*`, each by rewriting the scope header and clearing the route cache. Every
//! route configuration switches it off, so that it exists only for requests that found none at first.

use isoline_envoy_api::envoy::{
    config::core::v3::TypedExtensionConfig,
    extensions::filters::{
        http::{
            filter_chain::v3::{FilterChain, FilterChainConfig},
            header_mutation::v3::{HeaderMutation, Mutations},
            set_filter_state::v3::Config as SetFilterState,
        },
        network::http_connection_manager::v3::HttpFilter,
    },
};
use isoline_policy::handover;

use super::{
    cel,
    entrance::{Entrance, unless_misdirected},
    format,
    words::{self, extension},
};

/// The filter's name.
pub(crate) const NAME: &str = "isoline.fallback";
const HOST: &str = "request.host.lowerAscii().split(':')[0]";
const SNI: &str = "connection.requested_server_name.lowerAscii()";

/// The filter for one entrance.
pub(super) fn http_filter(entrance: &Entrance) -> HttpFilter {
    let stages = stages(entrance)
        .into_iter()
        .enumerate()
        .flat_map(|(i, stage)| stage.filters(i));
    let filters = stages.chain([resolve()]).collect();
    let config = FilterChainConfig {
        default_filter_chain: Some(FilterChain { filters }),
    };
    words::http_filter(NAME, &config)
}

/// Changes nothing, but makes Envoy look up the route of the last try: the policy filter, which comes later, would find
/// none otherwise, and refuse the request.
fn resolve() -> TypedExtensionConfig {
    let config = HeaderMutation {
        mutations: Some(Mutations::default()),
        ..Default::default()
    };
    extension(format!("{NAME}.resolve"), &config)
}

/// One try: a name made from the request, and the scope that it stands in.
struct Stage {
    /// A CEL expression for what `{}` in the scope stands for.
    name: Option<String>,
    scope: String,
}

/// A Host that must be the SNI and is not is misdirected at the first try; the later ones need not ask again.
fn stages(entrance: &Entrance) -> [Stage; 3] {
    let rest = format!("{HOST}.substring({HOST}.indexOf('.'))");
    let host = if entrance.compares_sni() {
        unless_misdirected(HOST, SNI)
    } else {
        HOST.to_owned()
    };
    [
        Stage {
            name: Some(host),
            scope: entrance.key("{}"),
        },
        Stage {
            name: Some(rest),
            scope: entrance.key("*{}"),
        },
        Stage {
            name: None,
            scope: entrance.not_found(),
        },
    ]
}

impl Stage {
    fn filters(&self, index: usize) -> Vec<TypedExtensionConfig> {
        let state = format!("{NAME}.{index}");
        let remember = self.name.as_ref().map(|name| {
            let config = SetFilterState {
                on_request_headers: vec![format::filter_state(&state, &format!("%CEL({name})%"))],
                clear_route_cache: false,
            };
            extension(format!("{state}.name"), &config)
        });
        let scope = self.scope.replace("{}", &format!("%FILTER_STATE({state}:PLAIN)%"));
        let rewrite = extension(
            format!("{state}.rewrite"),
            &HeaderMutation {
                mutations: Some(Mutations {
                    request_mutations: vec![format::overwrite(handover::SCOPE_HEADER, &scope)],
                    ..Default::default()
                }),
                ..Default::default()
            },
        );
        let select = extension(
            format!("{state}.select"),
            &SetFilterState {
                on_request_headers: vec![format::filter_state(&format!("{state}.done"), "1")],
                clear_route_cache: true,
            },
        );
        let filters = remember.into_iter().chain([rewrite, select]);
        if index == 0 {
            filters.collect()
        } else {
            filters.map(unless_found).collect()
        }
    }
}

/// Skips a filter where an earlier stage has found a virtual host.
fn unless_found(filter: TypedExtensionConfig) -> TypedExtensionConfig {
    let virtual_host = cel::field(cel::name("xds"), "virtual_host_name");
    cel::skip_if(cel::call("_!=_", [virtual_host, cel::text("")]), filter)
}
