//! The filter that finds the scope of a host that is not written as its key is: in upper case, under a wildcard, or
//! served by nobody.
//!
//! It tries lower case, then `*.rest`, then `*`, each by rewriting the scope header and clearing the route cache. Every
//! route configuration switches it off, so that it exists only for requests that found none at first.

use isoline_envoy_api::{
    any, cel,
    envoy::{
        config::core::v3::TypedExtensionConfig,
        extensions::{
            common::matching::v3::ExtensionWithMatcher,
            filters::{
                common::matcher::action::v3::SkipFilter,
                http::{
                    filter_chain::v3::{FilterChain, FilterChainConfig},
                    header_mutation::v3::{HeaderMutation, Mutations},
                    set_filter_state::v3::Config as SetFilterState,
                },
                network::http_connection_manager::v3::{HttpFilter, http_filter},
            },
        },
    },
    xds::{
        core::v3::TypedExtensionConfig as XdsExtension,
        r#type::{
            matcher::v3::{
                CelMatcher, HttpAttributesCelMatchInput, Matcher,
                matcher::{
                    MatcherList, MatcherType, OnMatch,
                    matcher_list::{
                        FieldMatcher, Predicate,
                        predicate::{MatchType, SinglePredicate, single_predicate},
                    },
                    on_match,
                },
            },
            v3::CelExpression,
        },
    },
};
use isoline_policy::{Listener, handover};

use super::{
    extension, format,
    scope_key::{self, MISDIRECTED},
};

/// The filter's name.
pub(crate) const NAME: &str = "isoline.fallback";
const HOST: &str = "request.host.lowerAscii().split(':')[0]";
const SNI: &str = "connection.requested_server_name.lowerAscii()";

/// The filter for one listener.
pub(super) fn http_filter(listener: Listener) -> HttpFilter {
    let stages = stages(listener)
        .into_iter()
        .enumerate()
        .flat_map(|(i, stage)| stage.filters(i));
    let filters = stages.chain([resolve()]).collect();
    let config = FilterChainConfig {
        default_filter_chain: Some(FilterChain { filters }),
    };
    HttpFilter {
        name: NAME.to_owned(),
        config_type: Some(http_filter::ConfigType::TypedConfig(any(&config))),
        ..Default::default()
    }
}

/// Changes nothing, but makes Envoy look up the route of the last try: the policy filter, which comes next, would find
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

/// On TLS a Host that is not the SNI is misdirected at the first try; the later ones need not ask again.
fn stages(listener: Listener) -> [Stage; 3] {
    let rest = format!("{HOST}.substring({HOST}.indexOf('.'))");
    let host = match listener {
        Listener::Https => format!("{SNI} == {HOST} ? {HOST} : '{MISDIRECTED}'"),
        Listener::Http | Listener::TlsOffload => HOST.to_owned(),
    };
    [
        Stage {
            name: Some(host),
            scope: scope_key::of_name(listener, "{}"),
        },
        Stage {
            name: Some(rest),
            scope: scope_key::of_name(listener, "*{}"),
        },
        Stage {
            name: None,
            scope: scope_key::not_found(listener),
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
    let input = XdsExtension {
        name: "envoy.matching.inputs.cel_data_input".to_owned(),
        typed_config: Some(any(&HttpAttributesCelMatchInput {})),
    };
    let matcher = XdsExtension {
        name: "envoy.matching.matchers.cel_matcher".to_owned(),
        typed_config: Some(any(&CelMatcher {
            expr_match: Some(virtual_host_is_known()),
            ..Default::default()
        })),
    };
    let skip = XdsExtension {
        name: "skip".to_owned(),
        typed_config: Some(any(&SkipFilter {})),
    };
    let predicate = Predicate {
        match_type: Some(MatchType::SinglePredicate(SinglePredicate {
            input: Some(input),
            matcher: Some(single_predicate::Matcher::CustomMatch(matcher)),
        })),
    };
    let on_match = OnMatch {
        on_match: Some(on_match::OnMatch::Action(skip)),
        ..Default::default()
    };
    let list = MatcherList {
        matchers: vec![FieldMatcher {
            predicate: Some(predicate),
            on_match: Some(on_match),
        }],
    };
    let config = ExtensionWithMatcher {
        xds_matcher: Some(Matcher {
            matcher_type: Some(MatcherType::MatcherList(list)),
            ..Default::default()
        }),
        extension_config: Some(filter.clone()),
        ..Default::default()
    };
    extension(filter.name, &config)
}

/// `xds.virtual_host_name != ''`, parsed: Envoy does not take CEL as text here.
fn virtual_host_is_known() -> CelExpression {
    use cel::expr::{
        Constant, Expr, ParsedExpr, constant,
        expr::{Call, ExprKind, Ident, Select},
    };
    let node = |id, kind| Expr {
        id,
        expr_kind: Some(kind),
    };
    let xds = node(3, ExprKind::IdentExpr(Ident { name: "xds".to_owned() }));
    let name = ExprKind::SelectExpr(Box::new(Select {
        operand: Some(Box::new(xds)),
        field: "virtual_host_name".to_owned(),
        ..Default::default()
    }));
    let empty = ExprKind::ConstExpr(Constant {
        constant_kind: Some(constant::ConstantKind::StringValue(String::new())),
    });
    let call = ExprKind::CallExpr(Box::new(Call {
        function: "_!=_".to_owned(),
        args: vec![node(2, name), node(4, empty)],
        ..Default::default()
    }));
    let parsed = ParsedExpr {
        expr: Some(node(1, call)),
        ..Default::default()
    };
    CelExpression {
        cel_expr_parsed: Some(parsed),
        ..Default::default()
    }
}
