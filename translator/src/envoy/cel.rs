//! CEL expressions in parsed form, since Envoy does not take them as text in matchers, and filters that they skip.

use isoline_envoy_api::{
    any,
    cel::expr::{
        Constant, Expr, ParsedExpr, constant,
        expr::{Call, CreateList, ExprKind, Ident, Select},
    },
    envoy::{
        config::core::v3::TypedExtensionConfig,
        extensions::{common::matching::v3::ExtensionWithMatcher, filters::common::matcher::action::v3::SkipFilter},
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

use super::words::extension;

/// A filter that does not run where a condition holds; one that cannot be evaluated does not hold.
pub(super) fn skip_if(condition: ExprKind, filter: TypedExtensionConfig) -> TypedExtensionConfig {
    let xds = |name: &str, typed_config| XdsExtension {
        name: name.to_owned(),
        typed_config: Some(typed_config),
    };
    let matcher = CelMatcher {
        expr_match: Some(expression(condition)),
        ..Default::default()
    };
    let predicate = SinglePredicate {
        input: Some(xds(
            "envoy.matching.inputs.cel_data_input",
            any(&HttpAttributesCelMatchInput {}),
        )),
        matcher: Some(single_predicate::Matcher::CustomMatch(xds(
            "envoy.matching.matchers.cel_matcher",
            any(&matcher),
        ))),
    };
    let on_match = OnMatch {
        on_match: Some(on_match::OnMatch::Action(xds("skip", any(&SkipFilter {})))),
        ..Default::default()
    };
    let list = MatcherList {
        matchers: vec![FieldMatcher {
            predicate: Some(Predicate {
                match_type: Some(MatchType::SinglePredicate(predicate)),
            }),
            on_match: Some(on_match),
        }],
    };
    let name = filter.name.clone();
    let config = ExtensionWithMatcher {
        xds_matcher: Some(Matcher {
            matcher_type: Some(MatcherType::MatcherList(list)),
            ..Default::default()
        }),
        extension_config: Some(filter),
        ..Default::default()
    };
    extension(name, &config)
}

pub(super) fn name(name: &str) -> ExprKind {
    ExprKind::IdentExpr(Ident { name: name.to_owned() })
}

pub(super) fn text(text: &str) -> ExprKind {
    ExprKind::ConstExpr(Constant {
        constant_kind: Some(constant::ConstantKind::StringValue(text.to_owned())),
    })
}

/// `operand.field`
pub(super) fn field(operand: ExprKind, field: &str) -> ExprKind {
    ExprKind::SelectExpr(Box::new(Select {
        operand: Some(boxed(operand)),
        field: field.to_owned(),
        ..Default::default()
    }))
}

pub(super) fn list(elements: impl IntoIterator<Item = ExprKind>) -> ExprKind {
    ExprKind::ListExpr(CreateList {
        elements: elements.into_iter().map(|element| *boxed(element)).collect(),
        ..Default::default()
    })
}

/// An operator or function by the name that CEL has for it, as `_!=_`.
pub(super) fn call(function: &str, args: impl IntoIterator<Item = ExprKind>) -> ExprKind {
    ExprKind::CallExpr(Box::new(Call {
        function: function.to_owned(),
        args: args.into_iter().map(|arg| *boxed(arg)).collect(),
        ..Default::default()
    }))
}

fn boxed(kind: ExprKind) -> Box<Expr> {
    Box::new(Expr {
        id: 0,
        expr_kind: Some(kind),
    })
}

fn expression(kind: ExprKind) -> CelExpression {
    let mut expr = *boxed(kind);
    number(&mut expr, &mut 0);
    CelExpression {
        cel_expr_parsed: Some(ParsedExpr {
            expr: Some(expr),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Every node has an id of its own.
fn number(expr: &mut Expr, id: &mut i64) {
    *id += 1;
    expr.id = *id;
    let children: Vec<&mut Expr> = match &mut expr.expr_kind {
        Some(ExprKind::SelectExpr(select)) => select.operand.iter_mut().map(AsMut::as_mut).collect(),
        Some(ExprKind::CallExpr(call)) => call.args.iter_mut().collect(),
        Some(ExprKind::ListExpr(list)) => list.elements.iter_mut().collect(),
        _ => Vec::new(),
    };
    for child in children {
        number(child, id);
    }
}
