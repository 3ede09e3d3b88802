//! Kubernetes objects in, Envoy resources and statuses out.
//!
//! [`Translator::apply`] takes a batch of changes and returns what differs from before; nothing deeper is public to its
//! callers. It reads no clock, no file, no environment and no random number, and the order of its output depends on
//! nothing but its input.

mod api;
mod certificate;
pub mod crd;
mod duration;
mod envoy;
pub mod explain;
mod extension;
mod front;
mod host;
mod inclusion;
mod ingress;
pub mod ingressroute;
mod inputs;
mod invariants;
mod jwks;
pub mod manifest;
mod model;
mod object;
mod proxy;
mod re2;
pub mod report;
mod resource;
mod route_policy;
mod settings;
mod status;
mod translation;
mod translator;
mod upstream;

pub use duration::parse as parse_duration;
pub use envoy::{ADMIN_CLUSTER, RUNTIME_LAYER, policy_filter};
pub use front::{Entrance, Front, Reading, Warning};
pub use inclusion::{Included, Inclusion, Root};
pub use invariants::invariant_violations;
pub use object::{Change, Kind, NamespacedName, Object, ObjectRef};
pub use resource::{Resource, ResourceChange, ResourceKey, ResourceType};
pub use settings::{
    AdminListeners, ContourConfiguration, Flags, Listeners, MetricsListener, Place, Port, Process, Remark, Settings,
    SettingsError, TlsFiles, TlsOffload, settings_reference,
};
pub use status::{Condition, Finding, Status, StatusChange, SubCondition};
pub use translation::{Delta, Translation, UnmetSetting};
pub use translator::{RoutePlace, Translator, translate};
