//! Which field may have been meant by one that is not known.

use super::yaml::steps;
use crate::crd;

/// The known field that is nearest to the last one of a path, in objects that a schema describes.
pub fn suggestion(api_version: &str, kind: &str, path: &str) -> Option<String> {
    let schema = &crd::definition(api_version, kind)?.schema;
    let (parent, unknown) = path.rsplit_once('.')?;
    let parent = steps(parent).try_fold(schema, |schema, step| {
        schema.items.as_deref().or_else(|| schema.field(step))
    })?;
    let known = parent.properties.keys();
    let close = known.filter(|known| is_close(known, unknown));
    close
        .min_by_key(|known| strsim::damerau_levenshtein(known, unknown))
        .cloned()
}

/// Far enough apart, two words are no misspellings of each other.
fn is_close(known: &str, unknown: &str) -> bool {
    known.eq_ignore_ascii_case(unknown) || strsim::damerau_levenshtein(known, unknown) <= known.len().div_ceil(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_field_is_meant_and_none_if_all_are_far() {
        let meant = |path| suggestion("projectcontour.io/v1", "HTTPProxy", path);
        assert_eq!(meant("spec.virtualHost").as_deref(), Some("virtualhost"));
        assert_eq!(meant("spec.routes[0].service").as_deref(), Some("services"));
        assert_eq!(meant("spec.routes[12].services[3].prot").as_deref(), Some("port"));
        assert_eq!(meant("spec.routes[0].banana"), None);
        assert_eq!(meant("kindness"), None);
        assert_eq!(suggestion("v1", "Service", "spec.prots"), None);
    }
}
