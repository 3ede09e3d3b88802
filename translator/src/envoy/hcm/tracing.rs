//! Spans for the operator's collector.

use isoline_envoy_api::{
    any,
    envoy::{
        config::trace::v3::{
            OpenTelemetryConfig,
            tracing::{Http, http},
        },
        extensions::filters::network::http_connection_manager::v3::http_connection_manager::Tracing as Message,
        r#type::tracing::v3::{
            CustomTag as Tag,
            custom_tag::{Environment, Header, Literal, Type},
        },
    },
};

use crate::{
    envoy::words,
    extension::Extension,
    settings::{CustomTag, CustomTagValue, Tracing},
};

pub(super) fn tracing(settings: &Tracing, collector: &Extension) -> Message {
    let config = OpenTelemetryConfig {
        grpc_service: Some(words::grpc_service_of(collector)),
        service_name: settings.service_name.clone(),
        ..Default::default()
    };
    let pod = settings.include_pod_detail.then(|| {
        [("podName", "HOSTNAME"), ("podNamespace", "CONTOUR_NAMESPACE")]
            .map(|(name, variable)| environment(name, variable))
    });
    Message {
        client_sampling: Some(words::percent(settings.client_sampling)),
        random_sampling: Some(words::percent(settings.random_sampling)),
        overall_sampling: Some(words::percent(settings.overall_sampling)),
        max_path_tag_length: Some(settings.max_path_tag_length),
        custom_tags: pod
            .into_iter()
            .flatten()
            .chain(settings.custom_tags.iter().map(tag))
            .collect(),
        spawn_upstream_span: Some(true),
        provider: Some(Http {
            name: "envoy.tracers.opentelemetry".to_owned(),
            config_type: Some(http::ConfigType::TypedConfig(any(&config))),
        }),
        ..Default::default()
    }
}

fn environment(name: &str, variable: &str) -> Tag {
    Tag {
        tag: name.to_owned(),
        r#type: Some(Type::Environment(Environment {
            name: variable.to_owned(),
            ..Default::default()
        })),
    }
}

fn tag(tag: &CustomTag) -> Tag {
    let value = match &tag.value {
        CustomTagValue::Literal(value) => Type::Literal(Literal { value: value.clone() }),
        CustomTagValue::RequestHeader(name) => Type::RequestHeader(Header {
            name: name.clone(),
            ..Default::default()
        }),
    };
    Tag {
        tag: tag.name.clone(),
        r#type: Some(value),
    }
}
