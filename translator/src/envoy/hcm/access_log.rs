//! Access logs.

use std::collections::BTreeMap;

use isoline_envoy_api::{
    Struct, Value, any,
    envoy::{
        config::{
            accesslog::v3::{
                AccessLog as Message, AccessLogFilter, ComparisonFilter, OrFilter, ResponseFlagFilter,
                StatusCodeFilter, access_log, access_log_filter::FilterSpecifier, comparison_filter::Op,
            },
            core::v3::{
                DataSource, RuntimeUInt32, SubstitutionFormatString, TypedExtensionConfig, data_source::Specifier,
                substitution_format_string::Format,
            },
        },
        extensions::{
            access_loggers::file::v3::{FileAccessLog, file_access_log::AccessLogFormat as FileFormat},
            formatter::req_without_query::v3::ReqWithoutQuery,
        },
    },
    value,
};
use isoline_policy::Listener;

use crate::{
    envoy::words::extension,
    settings::{AccessLog, AccessLogFormat, AccessLogLevel},
};

/// Of one listener; none where the operator wants none.
pub(in crate::envoy) fn access_log(listener: Listener, settings: &AccessLog) -> Vec<Message> {
    let path = match listener {
        Listener::Http | Listener::TlsOffload => &settings.http_path,
        Listener::Https => &settings.https_path,
    };
    let config = FileAccessLog {
        path: path.clone(),
        access_log_format: format(&settings.format).map(FileFormat::LogFormat),
    };
    let log = |filter| Message {
        name: "envoy.access_loggers.file".to_owned(),
        filter,
        config_type: Some(access_log::ConfigType::TypedConfig(any(&config))),
    };
    match settings.level {
        AccessLogLevel::Info => vec![log(None)],
        AccessLogLevel::Error => vec![log(Some(only_from(300)))],
        AccessLogLevel::Critical => vec![log(Some(only_from(500)))],
        AccessLogLevel::Disabled => Vec::new(),
    }
}

/// This status or a higher one, or anything that Envoy itself found remarkable.
fn only_from(status: u32) -> AccessLogFilter {
    let status = FilterSpecifier::StatusCodeFilter(StatusCodeFilter {
        comparison: Some(ComparisonFilter {
            op: Op::Ge.into(),
            value: Some(RuntimeUInt32 {
                default_value: status,
                runtime_key: "contour.accesslog.filter.status_code".to_owned(),
            }),
        }),
    });
    let flags = FilterSpecifier::ResponseFlagFilter(ResponseFlagFilter::default());
    let filter = |specifier| AccessLogFilter {
        filter_specifier: Some(specifier),
    };
    filter(FilterSpecifier::OrFilter(OrFilter {
        filters: [status, flags].map(filter).into(),
    }))
}

/// Nothing for Envoy's own.
fn format(format: &AccessLogFormat) -> Option<SubstitutionFormatString> {
    match format {
        AccessLogFormat::Default => None,
        AccessLogFormat::Text(text) => Some(SubstitutionFormatString {
            formatters: formatters([text]),
            format: Some(Format::TextFormatSource(DataSource {
                specifier: Some(Specifier::InlineString(text.clone())),
                ..Default::default()
            })),
            ..Default::default()
        }),
        AccessLogFormat::Json(fields) => Some(SubstitutionFormatString {
            omit_empty_values: true,
            formatters: formatters(fields.values()),
            format: Some(Format::JsonFormat(json(fields))),
            ..Default::default()
        }),
    }
}

fn json(fields: &BTreeMap<String, String>) -> Struct {
    let text = |format: &String| Value {
        kind: Some(value::Kind::StringValue(format.clone())),
    };
    let fields = fields.iter().map(|(name, format)| (name.clone(), text(format)));
    Struct {
        fields: fields.collect(),
    }
}

/// What Envoy needs to understand some formats.
fn formatters<'a>(formats: impl IntoIterator<Item = &'a String>) -> Vec<TypedExtensionConfig> {
    let formats: Vec<_> = formats.into_iter().collect();
    let uses = |command: &str| formats.iter().any(|format| format.contains(command));
    let query = uses("%REQ_WITHOUT_QUERY(");
    let query = query.then(|| extension("envoy.formatter.req_without_query", &ReqWithoutQuery {}));
    query.into_iter().collect()
}
