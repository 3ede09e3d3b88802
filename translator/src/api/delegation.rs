//! TLSCertificateDelegation, `projectcontour.io/v1`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Names, Resource};

/// Which Secrets of its namespace other namespaces may use.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
pub(crate) struct DelegationSpec {
    /// One entry for each Secret.
    pub(crate) delegations: Vec<CertificateDelegation>,
}

/// One Secret and the namespaces that may refer to it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CertificateDelegation {
    /// Name of the Secret.
    pub(crate) secret_name: String,
    /// Namespaces that may use it; `*` alone is all of them.
    pub(crate) target_namespaces: Vec<String>,
}

impl CertificateDelegation {
    /// `*` means every namespace, but only where it stands alone.
    pub(crate) fn permits(&self, secret: &str, namespace: &str) -> bool {
        self.secret_name == secret
            && (self.target_namespaces == ["*"] || self.target_namespaces.iter().any(|target| target == namespace))
    }
}

impl Resource for DelegationSpec {
    const NAMES: Names = Names {
        group: "projectcontour.io",
        version: "v1",
        kind: "TLSCertificateDelegation",
        plural: "tlscertificatedelegations",
        aliases: &["tlscerts"],
        columns: &[],
        about: "Which Secrets of its namespace other namespaces may use.",
        spec_is_required: true,
    };
}
