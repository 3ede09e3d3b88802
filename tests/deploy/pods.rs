//! Pods: what they may do is next to nothing, and the order in which their containers end drains Envoy.

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::{
    forms::{self, Form},
    objects::{containers, flag, list, template},
};

const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Every workload of every form, with the name of both.
fn pods(forms: &[Form]) -> impl Iterator<Item = (String, &Value)> {
    forms.iter().flat_map(|form| {
        form.objects.iter().filter_map(|object| {
            let name = format!("{}: {} {}", form.name, object["kind"], object["metadata"]["name"]);
            Some((name, &template(object)?["spec"]))
        })
    })
}

#[test]
fn every_container_is_confined() -> Result<()> {
    let of_pod = json!({
        "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    });
    let of_container = json!({
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]},
    });
    let mut seen = 0;
    for (name, pod) in pods(forms::all()?) {
        ensure!(pod["securityContext"] == of_pod, "{name}: {}", pod["securityContext"]);
        ensure!(pod["automountServiceAccountToken"] == false, "{name}");
        for container in containers(pod) {
            let name = format!("{name}, {}", container["name"]);
            ensure!(container["securityContext"] == of_container, "{name}");
            ensure!(has_token(container) == needs_token(container), "{name}");
            ensure!(
                list(&container["ports"]).all(|port| port["hostPort"].is_null()),
                "{name}"
            );
            seen += 1;
        }
    }
    ensure!(seen > 50, "{seen}");
    Ok(())
}

fn has_token(container: &Value) -> bool {
    list(&container["volumeMounts"]).any(|mount| mount["mountPath"] == TOKEN)
}

fn needs_token(container: &Value) -> bool {
    ["isoline", "certgen"].map(Value::from).contains(&container["name"])
}

#[test]
fn every_container_has_a_memory_limit_and_none_of_cpu() -> Result<()> {
    for (name, pod) in pods(forms::all()?) {
        for container in containers(pod) {
            let resources = &container["resources"];
            let name = format!("{name}, {}: {resources}", container["name"]);
            ensure!(resources["limits"]["memory"].is_string(), "{name}");
            ensure!(resources["limits"]["cpu"].is_null(), "{name}");
            ensure!(resources["requests"]["cpu"].is_string(), "{name}");
            ensure!(resources["requests"]["memory"].is_string(), "{name}");
        }
    }
    Ok(())
}

/// Kubernetes ends the ordinary containers first, then the sidecars in reverse order.
#[test]
fn envoy_ends_after_it_has_drained_and_before_its_controller() -> Result<()> {
    for form in forms::all()? {
        let envoy = envoy(form)?;
        let names = |list: &str| -> Vec<_> {
            crate::objects::list(&envoy[list])
                .map(|it| it["name"].clone())
                .collect()
        };
        ensure!(names("containers") == ["shutdown-manager"], "{}", form.name);
        let first = if form.one("DaemonSet", "isoline").is_err() && form.one("Deployment", "isoline").is_err() {
            vec!["bootstrap", "isoline", "envoy"]
        } else {
            vec!["bootstrap", "envoy"]
        };
        ensure!(names("initContainers") == first, "{}: {first:?}", form.name);
        for container in list(&envoy["initContainers"]) {
            let goes_on = container["restartPolicy"] == "Always";
            ensure!(goes_on == (container["name"] != "bootstrap"), "{}", form.name);
        }
        let manager = container(envoy, "shutdown-manager")?;
        let seconds = |name| -> Result<u64> {
            let value = flag(manager, name).and_then(|value| value.strip_suffix('s'));
            Ok(value.with_context(|| name.to_owned())?.parse()?)
        };
        let grace = envoy["terminationGracePeriodSeconds"].as_u64().unwrap_or_default();
        ensure!(
            grace > seconds("--drain-delay")? + seconds("--drain-timeout")?,
            "{}",
            form.name
        );
    }
    Ok(())
}

/// A port on which a shutdown can be asked for is one on which anybody can ask for it.
#[test]
fn nobody_can_ask_for_a_shutdown() -> Result<()> {
    for form in forms::all()? {
        let envoy = envoy(form)?;
        let manager = container(envoy, "shutdown-manager")?;
        ensure!(flag(manager, "--serve-address").is_some_and(|address| address.starts_with('/')));
        ensure!(manager["ports"].is_null(), "{}", form.name);
        let bootstrap = container(envoy, "bootstrap")?;
        ensure!(flag(bootstrap, "--admin-address").is_some_and(|address| address.starts_with('/')));
    }
    Ok(())
}

#[test]
fn a_draining_envoy_is_not_killed_by_its_probes() -> Result<()> {
    for form in forms::all()? {
        let envoy = container(envoy(form)?, "envoy")?.clone();
        ensure!(envoy["readinessProbe"]["httpGet"]["path"] == "/ready", "{}", form.name);
        ensure!(envoy["startupProbe"]["httpGet"]["path"] == "/ready", "{}", form.name);
        ensure!(envoy["livenessProbe"]["httpGet"].is_null(), "{}", form.name);
    }
    Ok(())
}

/// With one Pod for each node there is no room for a new one before an old one has gone.
#[test]
fn pods_that_keep_apart_make_room_for_the_next() -> Result<()> {
    for form in forms::all()? {
        for deployment in form.of_kind("Deployment") {
            let pod = &deployment["spec"]["template"]["spec"];
            let affinity = &pod["affinity"]["podAntiAffinity"];
            let is_strict = affinity["requiredDuringSchedulingIgnoredDuringExecution"].is_array();
            let surge = &deployment["spec"]["strategy"]["rollingUpdate"]["maxSurge"];
            let keeps_apart = is_strict || pod["hostNetwork"] == true;
            ensure!(*surge == u8::from(!keeps_apart), "{}: {surge}", form.name);
        }
    }
    Ok(())
}

#[test]
fn on_the_hosts_network_only_traffic_is_outside() -> Result<()> {
    let forms = [
        forms::form("split", &["--set", "envoy.hostNetwork=true"])?,
        forms::form("sidecar", &["--set", "envoy.hostNetwork=true,form=Sidecar"])?,
    ];
    for form in &forms {
        let pod = envoy(form)?;
        ensure!(pod["hostNetwork"] == true && pod["dnsPolicy"] == "ClusterFirstWithHostNet");
        let (_, controller) = controller(form)?;
        ensure!(
            flag(controller, "--stats-address") == Some("127.0.0.1"),
            "{}",
            form.name
        );
        for probe in ["startupProbe", "readinessProbe", "livenessProbe"] {
            let probe = &container(pod, "envoy")?[probe];
            let asked = if probe["httpGet"].is_null() {
                &probe["tcpSocket"]
            } else {
                &probe["httpGet"]
            };
            ensure!(asked["host"] == "127.0.0.1", "{}: {probe}", form.name);
        }
    }
    let (_, sidecar) = controller(&forms[1])?;
    for name in ["--xds-address", "--health-address", "--http-address"] {
        ensure!(flag(sidecar, name) == Some("127.0.0.1"), "{name}");
    }
    Ok(())
}

/// The loopback address of a node is everybody's there.
#[test]
fn xds_is_in_cleartext_only_inside_a_pod() -> Result<()> {
    for form in forms::all()? {
        let (pod, controller) = controller(form)?;
        let is_alone = pod["hostNetwork"].is_null() && flag(controller, "--xds-address") == Some("127.0.0.1");
        let has_tls = flag(controller, "--contour-cafile").is_some();
        ensure!(has_tls != is_alone, "{}", form.name);
        ensure!(list(&controller["args"]).any(|argument| argument == "--insecure") == is_alone);
        let bootstrap = container(envoy(form)?, "bootstrap")?;
        ensure!(flag(bootstrap, "--envoy-cafile").is_some() == has_tls, "{}", form.name);
    }
    Ok(())
}

/// The Pods of Envoy.
pub(crate) fn envoy(form: &Form) -> Result<&Value> {
    let workload = form.one("DaemonSet", "isoline-envoy");
    let workload = workload.or_else(|_| form.one("Deployment", "isoline-envoy"))?;
    Ok(&workload["spec"]["template"]["spec"])
}

/// The container of the controller, and its Pods.
pub(crate) fn controller(form: &Form) -> Result<(&Value, &Value)> {
    let pod = match form.one("Deployment", "isoline") {
        Ok(deployment) => &deployment["spec"]["template"]["spec"],
        Err(_) => envoy(form)?,
    };
    Ok((pod, container(pod, "isoline")?))
}

/// A container of a Pod.
pub(crate) fn container<'a>(pod: &'a Value, name: &str) -> Result<&'a Value> {
    let found = containers(pod).find(|container| container["name"] == name);
    found.with_context(|| format!("no container {name}"))
}
