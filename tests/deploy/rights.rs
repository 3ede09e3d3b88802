//! Rights: these and no others.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use isoline_tests::deploy;
use serde_json::Value;

use crate::{
    forms::{self, Form},
    objects::list,
};

/// `verb group/resource`, with the only name where there is one.
const EVERYWHERE: &str = "
    get,list,watch projectcontour.io/httpproxies
    get,list,watch projectcontour.io/tlscertificatedelegations
    get,list,watch projectcontour.io/extensionservices
    get,list,watch projectcontour.io/contourconfigurations
    get,list,watch isoline.dev/routepolicies
    get,list,watch networking.k8s.io/ingresses
    get,list,watch /services
    get,list,watch discovery.k8s.io/endpointslices
    list,watch /secrets
    patch projectcontour.io/httpproxies/status
    patch projectcontour.io/extensionservices/status
    patch isoline.dev/routepolicies/status
    patch networking.k8s.io/ingresses/status
    create,patch events.k8s.io/events";
const AT_HOME: &str = "
    create coordination.k8s.io/leases
    get,list,watch,update,patch coordination.k8s.io/leases isoline-leader";
const AT_HOME_WHEN_NAMESPACED: &str = "
    get,list,watch /services isoline-envoy";
const CERTIFICATES: &str = "
    get,create,patch,delete cert-manager.io/certificates";
const CERTGEN: &str = "
    create /secrets
    get,update,patch /secrets isolinecert
    get,update,patch /secrets envoycert";

fn rights(lines: &[&str]) -> BTreeSet<String> {
    let lines = lines.iter().flat_map(|lines| lines.lines()).map(str::trim);
    lines
        .filter_map(|line| line.split_once(' '))
        .flat_map(|(verbs, what)| verbs.split(',').map(move |verb| format!("{verb} {what}")))
        .collect()
}

fn rights_of(role: &Value) -> BTreeSet<String> {
    let texts = |value: &Value| -> Vec<String> { list(value).filter_map(Value::as_str).map(str::to_owned).collect() };
    let mut rights = BTreeSet::new();
    for rule in list(&role["rules"]) {
        let names = match texts(&rule["resourceNames"]) {
            names if names.is_empty() => vec![String::new()],
            names => names,
        };
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                for verb in texts(&rule["verbs"]) {
                    let right = |name: &String| format!("{verb} {group}/{resource} {name}").trim_end().to_owned();
                    rights.extend(names.iter().map(right));
                }
            }
        }
    }
    rights
}

/// All roles: `namespace/name`, or the name, with their rights.
fn roles(form: &Form) -> Vec<(String, BTreeSet<String>)> {
    let mut roles: Vec<_> = ["Role", "ClusterRole"]
        .into_iter()
        .flat_map(|kind| form.of_kind(kind))
        .map(|role| {
            let metadata = &role["metadata"];
            let namespace = metadata["namespace"].as_str().unwrap_or_default();
            let name = metadata["name"].as_str().unwrap_or_default();
            (format!("{namespace}/{name}"), rights_of(role))
        })
        .collect();
    roles.sort();
    roles
}

fn expect(form: &Form, expected: &[(&str, &[&str])]) -> Result<()> {
    let roles = roles(form);
    let mut expected: Vec<_> = expected
        .iter()
        .map(|(role, lines)| ((*role).to_owned(), rights(lines)))
        .collect();
    expected.sort();
    ensure!(roles == expected, "{}: {roles:#?}", form.name);
    Ok(())
}

#[test]
fn the_controller_reads_everywhere_and_writes_statuses() -> Result<()> {
    let form = forms::form("the usual form", &[])?;
    expect(
        &form,
        &[
            ("/isoline-isoline", &[EVERYWHERE]),
            ("isoline/isoline", &[AT_HOME]),
            ("isoline/isoline-certgen", &[CERTGEN]),
        ],
    )
}

#[test]
fn with_namespaces_it_may_do_nothing_in_others() -> Result<()> {
    let certificate = "config.tls.fallback-certificate.namespace=shared,config.tls.fallback-certificate.name=all";
    let form = forms::form("namespaced", &["--set", "watchNamespaces={a,b}", "--set", certificate])?;
    expect(
        &form,
        &[
            ("a/isoline-isoline", &[EVERYWHERE]),
            ("b/isoline-isoline", &[EVERYWHERE]),
            ("shared/isoline-isoline", &["list,watch /secrets"]),
            ("isoline/isoline", &[AT_HOME, AT_HOME_WHEN_NAMESPACED]),
            ("isoline/isoline-certgen", &[CERTGEN]),
        ],
    )
}

#[test]
fn it_makes_certificates_only_where_that_is_on() -> Result<()> {
    let form = forms::form(
        "cert-manager",
        &["--set", "certManagerCertificates=true,xds.tls.issuer=cert-manager"],
    )?;
    expect(
        &form,
        &[
            ("/isoline-isoline", &[EVERYWHERE, CERTIFICATES]),
            ("isoline/isoline", &[AT_HOME]),
        ],
    )
}

#[test]
fn no_form_has_other_rights() -> Result<()> {
    let most = rights(&[EVERYWHERE, AT_HOME, AT_HOME_WHEN_NAMESPACED, CERTIFICATES, CERTGEN]);
    for form in forms::all()? {
        for (role, rights) in roles(form) {
            let others: Vec<_> = rights.difference(&most).collect();
            ensure!(others.is_empty(), "{}: {role}: {others:?}", form.name);
        }
    }
    Ok(())
}

#[test]
fn a_role_is_bound_to_the_service_account_of_its_pods() -> Result<()> {
    for form in forms::all()? {
        for binding in ["RoleBinding", "ClusterRoleBinding"]
            .into_iter()
            .flat_map(|kind| form.of_kind(kind))
        {
            let subjects: Vec<_> = list(&binding["subjects"]).collect();
            ensure!(subjects.len() == 1, "{binding}");
            ensure!(subjects[0]["namespace"] == deploy::NAMESPACE, "{binding}");
            form.one("ServiceAccount", subjects[0]["name"].as_str().unwrap_or_default())?;
            let has_role = form.objects.iter().any(|role| {
                role["kind"] == binding["roleRef"]["kind"]
                    && role["metadata"]["name"] == binding["roleRef"]["name"]
                    && role["metadata"]["namespace"] == binding["metadata"]["namespace"]
            });
            ensure!(has_role, "{}: {binding}", form.name);
        }
    }
    Ok(())
}

#[test]
fn other_tests_find_the_rights_of_the_shipped_manifests() -> Result<()> {
    let kinds = |file| -> Result<Vec<String>> {
        let mut kinds: Vec<_> = deploy::rights(file)?
            .iter()
            .map(|object| object["kind"].to_string())
            .collect();
        kinds.sort();
        kinds.dedup();
        Ok(kinds)
    };
    let usual = [
        "\"ClusterRole\"",
        "\"ClusterRoleBinding\"",
        "\"Role\"",
        "\"RoleBinding\"",
        "\"ServiceAccount\"",
    ];
    ensure!(kinds(deploy::MANIFEST)? == usual);
    ensure!(kinds(deploy::NAMESPACED)? == ["\"Role\"", "\"RoleBinding\"", "\"ServiceAccount\""]);
    Ok(())
}
