//! The extension services that the operator's settings name.

use super::{Extension, findings, resolve};
use crate::{
    inputs::Reader,
    model::Cluster,
    object::{Kind, NamespacedName},
    status::Findings,
    translation::UnmetSetting,
};

/// What the listeners ask of extension services, by the operator's settings.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Services {
    /// Where the settings name one: if it cannot be used, one that nobody answers for, so that `failOpen` decides.
    pub(crate) rate_limit: Option<Extension>,
    /// Where the settings name one and it can be used: nothing depends on traces.
    pub(crate) tracing: Option<Extension>,
    /// What the settings name and is not there or cannot be used.
    pub(crate) unmet: Vec<UnmetSetting>,
}

impl Services {
    pub(crate) fn clusters(&self) -> impl Iterator<Item = &Cluster> {
        let all = [&self.rate_limit, &self.tracing];
        all.into_iter().flatten().map(|extension| &extension.cluster)
    }
}

/// Those that the operator's settings name.
pub(crate) fn services(reader: &Reader<'_>) -> Services {
    let settings = reader.settings();
    let rate_limit = settings.rate_limit_service.as_ref().map(|it| &it.extension_service);
    let tracing = settings.tracing.as_ref().map(|it| &it.extension_service);
    let authorization = settings.global_ext_auth.as_ref().map(|it| &it.extension_ref);
    let authorization = authorization.map(|it| NamespacedName::new(it.namespace.clone(), it.name.clone()));
    let named = [
        ("globalExtAuth.extensionService", authorization.as_ref()),
        ("rateLimitService.extensionService", rate_limit),
        ("tracing.extensionService", tracing),
    ];
    let named = named.into_iter().filter_map(|(setting, name)| Some((setting, name?)));
    Services {
        rate_limit: rate_limit.map(|name| resolve(name, reader).unwrap_or_else(|| Extension::unreachable(name))),
        tracing: tracing.and_then(|name| resolve(name, reader)),
        unmet: named
            .filter_map(|(setting, name)| unmet(setting, name, reader))
            .collect(),
    }
}

fn unmet(setting: &'static str, name: &NamespacedName, reader: &Reader<'_>) -> Option<UnmetSetting> {
    let object = Kind::ExtensionService.object(name);
    let exists = reader.extension(name).is_some();
    let is_valid = findings(name, reader).values().all(Findings::is_valid);
    (!exists || !is_valid).then_some(UnmetSetting {
        setting,
        object,
        exists,
    })
}
