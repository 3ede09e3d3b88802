//! The block `tracing`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::{CustomTag as TypedTag, CustomTagValue, Tracing as Typed, read::reference, remark::At, text::Text};
use crate::proxy::headers;

/// Traces of requests, by OpenTelemetry.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Tracing {
    /// The ExtensionService that takes the traces (OTLP over gRPC), as `namespace/name`.
    extension_service: Text,
    /// The service that traces are of. Default: `contour`.
    service_name: Text,
    /// The share of requests that are traced at most, in percent; 0 means 100. Default: `100`.
    overall_sampling: Text,
    /// The share of requests that are traced among those whose client asks for it, in percent; 0 means 100.
    /// Default: `100`.
    client_sampling: Text,
    /// The share of other requests that are traced, in percent; 0 means 100. Default: `100`.
    random_sampling: Text,
    /// Characters of a path that a trace shows. Default: `256`.
    max_path_tag_length: Option<u32>,
    /// Whether traces name the pod of Envoy. Default: `true`.
    include_pod_detail: Option<bool>,
    /// What traces say beside.
    custom_tags: Vec<CustomTag>,
}

/// A tag of traces: either a literal or a request header.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct CustomTag {
    /// Its name.
    tag_name: Text,
    /// Its value.
    literal: Text,
    /// The request header that is its value.
    request_header_name: Text,
}

impl Tracing {
    pub(super) fn read(self, at: &mut At<'_>) -> Option<Typed> {
        let extension_service = at.required("extensionService", self.extension_service, |text: String| {
            reference(&text)
        });
        let mut tags = Vec::<TypedTag>::new();
        for (index, tag) in self.custom_tags.into_iter().enumerate() {
            let key = format!("customTags[{index}]");
            let Some(tag) = at.read(&key, tag, CustomTag::read) else {
                continue;
            };
            if tags.iter().any(|other| other.name == tag.name) {
                at.problem(&key, format!("tagName {} is duplicate", tag.name));
            }
            tags.push(tag);
        }
        let mut sampling = |key: &str, text: Text| {
            let mut share = 100.0;
            at.set(key, text, &mut share, |text: String| percent(&text));
            if share == 0.0 {
                at.note(key, "0 means 100, as in Contour");
                share = 100.0;
            }
            share
        };
        let typed = Typed {
            overall_sampling: sampling("overallSampling", self.overall_sampling),
            client_sampling: sampling("clientSampling", self.client_sampling),
            random_sampling: sampling("randomSampling", self.random_sampling),
            service_name: self.service_name.0.unwrap_or_else(|| "contour".to_owned()),
            max_path_tag_length: self.max_path_tag_length.unwrap_or(256),
            include_pod_detail: self.include_pod_detail.unwrap_or(true),
            custom_tags: tags,
            extension_service: extension_service?,
        };
        Some(typed)
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    number
        .filter(|number| (0.0..=100.0).contains(number))
        .ok_or_else(|| format!("invalid tracing sampling: {text:?} is not between 0 and 100"))
}

impl CustomTag {
    fn read(self) -> Result<TypedTag, String> {
        let name = self.tag_name.0.ok_or("tracing.customTag.tagName must be defined")?;
        let value = match (self.literal.0, self.request_header_name.0) {
            (Some(literal), None) => CustomTagValue::Literal(literal),
            (None, Some(header)) => {
                headers::check_name(&header).map_err(|problem| format!("invalid header name {header:?}: {problem}"))?;
                CustomTagValue::RequestHeader(header)
            }
            _ => return Err("must set exactly one of Literal or RequestHeaderName".to_owned()),
        };
        Ok(TypedTag { name, value })
    }
}
