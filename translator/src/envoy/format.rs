//! Values that Envoy fills in for each request or connection.

use isoline_envoy_api::envoy::{
    config::{
        common::mutation_rules::v3::{HeaderMutation, header_mutation::Action},
        core::v3::{
            CelExpressionConfig, DataSource, HeaderValue, HeaderValueOption, SubstitutionFormatString,
            data_source::Specifier, header_value_option::HeaderAppendAction, substitution_format_string::Format,
        },
    },
    extensions::{
        filters::common::set_filter_state::v3::{FilterStateValue, filter_state_value},
        formatter::cel::v3::Cel,
    },
};

use super::words::extension;

/// Keeps a value under a key, as text.
pub(super) fn filter_state(key: &str, format: &str) -> FilterStateValue {
    state(key, text(format))
}

/// The same for a value that may be empty: then nothing is kept.
pub(super) fn filter_state_if_any(key: &str, format: &str) -> FilterStateValue {
    let format = SubstitutionFormatString {
        omit_empty_values: true,
        ..text(format)
    };
    FilterStateValue {
        skip_if_empty: true,
        ..state(key, format)
    }
}

fn state(key: &str, format: SubstitutionFormatString) -> FilterStateValue {
    FilterStateValue {
        factory_key: "envoy.string".to_owned(),
        key: Some(filter_state_value::Key::ObjectKey(key.to_owned())),
        value: Some(filter_state_value::Value::FormatString(format)),
        ..Default::default()
    }
}

fn text(format: &str) -> SubstitutionFormatString {
    let source = DataSource {
        specifier: Some(Specifier::InlineString(format.to_owned())),
        ..Default::default()
    };
    let cel = Cel {
        cel_config: Some(CelExpressionConfig {
            enable_string_functions: true,
            enable_string_conversion: true,
            ..Default::default()
        }),
    };
    let formatters = if format.contains("%CEL(") {
        vec![extension("envoy.formatter.cel", &cel)]
    } else {
        Vec::new()
    };
    SubstitutionFormatString {
        format: Some(Format::TextFormatSource(source)),
        formatters,
        ..Default::default()
    }
}

/// Sets a header, whatever was there; a value that turns out empty sets nothing.
pub(super) fn overwrite(header: &str, format: &str) -> HeaderMutation {
    mutation(Action::Append(set(
        header,
        format,
        HeaderAppendAction::OverwriteIfExistsOrAdd,
    )))
}

/// Removes a header.
pub(super) fn remove(header: &str) -> HeaderMutation {
    mutation(Action::Remove(header.to_owned()))
}

/// One header with its value.
pub(super) fn set(header: &str, format: &str, action: HeaderAppendAction) -> HeaderValueOption {
    let header = HeaderValue {
        key: header.to_owned(),
        value: format.to_owned(),
        ..Default::default()
    };
    HeaderValueOption {
        header: Some(header),
        append_action: action.into(),
        ..Default::default()
    }
}

fn mutation(action: Action) -> HeaderMutation {
    HeaderMutation { action: Some(action) }
}
