//! Services and ports: what a Service leads to is there, and those who dial agree with those who listen.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{
    forms::{self, Form},
    objects::{containers, flag, list, template},
    pods::{container, controller, envoy},
};

#[test]
fn every_port_of_a_service_leads_to_a_port_of_its_pods() -> Result<()> {
    for form in forms::all()? {
        let mut seen = 0;
        for service in form.of_kind("Service") {
            let name = format!("{}: {}", form.name, service["metadata"]["name"]);
            let template =
                selected(form, &service["spec"]["selector"]).with_context(|| format!("{name} selects nothing"))?;
            for port in list(&service["spec"]["ports"]) {
                ensure!(has_port(&template["spec"], &port["targetPort"]), "{name}: {port}");
                seen += 1;
            }
        }
        ensure!(seen > 0, "{}", form.name);
    }
    Ok(())
}

#[test]
fn policies_and_budgets_are_of_pods_and_ports_that_are_there() -> Result<()> {
    for form in forms::all()? {
        for policy in form.of_kind("NetworkPolicy") {
            let template =
                selected(form, &policy["spec"]["podSelector"]["matchLabels"]).context("it selects nothing")?;
            for rule in list(&policy["spec"]["ingress"]) {
                for port in list(&rule["ports"]) {
                    ensure!(has_port(&template["spec"], &port["port"]), "{}: {port}", form.name);
                }
            }
        }
        for budget in form.of_kind("PodDisruptionBudget") {
            selected(form, &budget["spec"]["selector"]["matchLabels"]).context("it selects nothing")?;
        }
        for monitor in form.of_kind("PodMonitor") {
            let template = selected(form, &monitor["spec"]["selector"]["matchLabels"]).context("it selects nothing")?;
            for endpoint in list(&monitor["spec"]["podMetricsEndpoints"]) {
                ensure!(
                    has_port(&template["spec"], &endpoint["port"]),
                    "{}: {endpoint}",
                    form.name
                );
            }
        }
    }
    Ok(())
}

#[test]
fn only_envoys_reach_xds() -> Result<()> {
    let form = forms::form("the usual form", &[])?;
    let policy = form.one("NetworkPolicy", "isoline")?;
    let xds: Vec<_> = list(&policy["spec"]["ingress"])
        .filter(|rule| list(&rule["ports"]).any(|port| port["port"] == "xds"))
        .collect();
    ensure!(xds.len() == 1, "{policy}");
    let from: Vec<_> = list(&xds[0]["from"]).collect();
    ensure!(from.len() == 1, "{policy}");
    let template = selected(&form, &from[0]["podSelector"]["matchLabels"]).context("nobody may ask")?;
    container(&template["spec"], "envoy").map(drop)
}

#[test]
fn those_who_dial_agree_with_those_who_listen() -> Result<()> {
    for form in forms::all()? {
        let (_, controller) = controller(form)?;
        let envoy = envoy(form)?;
        let bootstrap = container(envoy, "bootstrap")?;
        ensure!(
            flag(bootstrap, "--xds-port") == flag(controller, "--xds-port"),
            "{}",
            form.name
        );
        let dialled = flag(bootstrap, "--xds-address").context("it dials")?;
        if dialled != "127.0.0.1" {
            let service = form.one("Service", dialled)?;
            let port = service["spec"]["ports"][0]["port"].to_string();
            ensure!(flag(bootstrap, "--xds-port") == Some(&port), "{}", form.name);
        }
        let statistics = flag(controller, "--stats-port").map(str::to_owned);
        let probed = container(envoy, "envoy")?["readinessProbe"]["httpGet"]["port"].to_string();
        ensure!(statistics == Some(probed), "{}", form.name);
        let service = flag(controller, "--envoy-service-name").context("it has a Service")?;
        form.one("Service", service)?;
    }
    Ok(())
}

#[test]
fn ports_are_those_of_the_settings() -> Result<()> {
    let listeners = "config.listeners.http.port=18080,config.listeners.https.port=18443,\
                     config.listeners.tlsOffload.enabled=true,config.listeners.tlsOffload.port=18081";
    let form = forms::form("other ports", &["--set", listeners])?;
    let ports: Vec<_> = list(&container(envoy(&form)?, "envoy")?["ports"])
        .map(|port| {
            format!(
                "{} {}",
                port["name"].as_str().unwrap_or_default(),
                port["containerPort"]
            )
        })
        .collect();
    ensure!(
        ports == ["http 18080", "https 18443", "tls-offload 18081", "statistics 8002"],
        "{ports:?}"
    );
    Ok(())
}

fn selected<'a>(form: &'a Form, labels: &Value) -> Option<&'a Value> {
    let labels = labels.as_object()?;
    form.objects.iter().filter_map(template).find(|template| {
        let have = &template["metadata"]["labels"];
        labels.iter().all(|(name, value)| have[name] == *value)
    })
}

fn has_port(pod: &Value, name: &Value) -> bool {
    containers(pod).any(|container| list(&container["ports"]).any(|port| port["name"] == *name))
}
