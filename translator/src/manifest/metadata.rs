//! What every object must be called, and what may stand beside its name.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{
    problem::FieldProblem,
    typed::typed,
    words::{self, Word},
    yaml::Node,
};

/// All annotations of an object together, in bytes.
const ANNOTATIONS: i64 = 256 * 1024;

/// Everything that is wrong with the metadata of an object whose name is such a word.
pub(super) fn problems(metadata: Option<&Node>, name: &Word) -> Vec<FieldProblem> {
    let Some(metadata) = metadata.filter(|node| !node.is_null()) else {
        return of_metadata(&ObjectMeta::default(), name);
    };
    match typed::<ObjectMeta>(metadata, "metadata") {
        Ok(metadata) => of_metadata(&metadata, name),
        Err(problems) => problems,
    }
}

fn of_metadata(metadata: &ObjectMeta, name: &Word) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    match metadata.name.as_deref().unwrap_or_default() {
        "" => problems.push(FieldProblem::required(
            "metadata.name",
            "name or generateName is required",
        )),
        given => problems.extend(name.check("metadata.name", given)),
    }
    // Without one it is in `default`.
    let namespace = metadata.namespace.as_deref().unwrap_or_default();
    if !namespace.is_empty() {
        problems.extend(words::check_label("metadata.namespace", namespace));
    }
    for (key, value) in metadata.labels.iter().flatten() {
        problems.extend(words::check_qualified_name("metadata.labels", key, key));
        problems.extend(words::LABEL_VALUE.check("metadata.labels", value));
    }
    for key in metadata.annotations.iter().flatten().map(|(key, _)| key) {
        problems.extend(words::check_qualified_name(
            "metadata.annotations",
            key,
            &key.to_lowercase(),
        ));
    }
    let annotations = metadata.annotations.iter().flatten();
    let size: usize = annotations.map(|(key, value)| key.len() + value.len()).sum();
    if i64::try_from(size).is_ok_and(|size| size > ANNOTATIONS) {
        problems.push(FieldProblem::too_long("metadata.annotations", ANNOTATIONS));
    }
    problems
}
