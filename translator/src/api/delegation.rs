//! TLSCertificateDelegation, `projectcontour.io/v1`.

use serde::Deserialize;

use super::{FieldProblem, Schema};

/// Which Secrets of its namespace other namespaces may use.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct DelegationSpec {
    pub(crate) delegations: Vec<CertificateDelegation>,
}

/// One Secret and the namespaces that may refer to it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CertificateDelegation {
    pub(crate) secret_name: String,
    pub(crate) target_namespaces: Vec<String>,
}

impl CertificateDelegation {
    /// `*` means every namespace, but only where it stands alone.
    pub(crate) fn permits(&self, secret: &str, namespace: &str) -> bool {
        self.secret_name == secret
            && (self.target_namespaces == ["*"] || self.target_namespaces.iter().any(|target| target == namespace))
    }
}

impl Schema for DelegationSpec {
    fn problems(&self) -> Vec<FieldProblem> {
        Vec::new()
    }
}
