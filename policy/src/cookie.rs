//! What becomes of the attributes of a cookie that a backend sets.

use serde::{Deserialize, Serialize};

/// The attributes of one cookie that are replaced; those that are not set stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CookieRewrite {
    /// The cookie's name; its case counts.
    pub name: String,
    /// `Path`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// `Domain`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Whether `Secure` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure: Option<bool>,
    /// `SameSite`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_site: Option<String>,
}
