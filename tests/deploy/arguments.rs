//! What containers are started with is what the program takes.

use std::process::Command;

use anyhow::{Result, ensure};
use isoline_tests::parts;
use serde_json::Value;

use crate::{
    forms,
    objects::{containers, list, template},
};

/// The arguments of a usual Deployment of the reference, with the name of the command left out.
const OF_THE_REFERENCE: [&str; 9] = [
    "--incluster",
    "--xds-address=0.0.0.0",
    "--xds-port=8001",
    "--envoy-service-http-port=80",
    "--envoy-service-https-port=443",
    "--contour-cafile=/certs/ca.crt",
    "--contour-cert-file=/certs/tls.crt",
    "--contour-key-file=/certs/tls.key",
    "--config-path=/config/contour.yaml",
];

/// The program reads all arguments before it comes to `--help`, and does nothing.
fn check<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let output = Command::new(parts::isoline()?).args(arguments).arg("--help").output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[test]
fn every_container_is_started_with_flags_that_there_are() -> Result<()> {
    let mut seen = 0;
    for form in forms::all()? {
        let pods = form.objects.iter().filter_map(template);
        for container in pods.flat_map(|pod| containers(&pod["spec"])) {
            let is_ours = container["image"]
                .as_str()
                .is_some_and(|image| image.contains("isoline"));
            if is_ours {
                check(list(&container["args"]).filter_map(Value::as_str))?;
                seen += 1;
            }
        }
    }
    ensure!(seen > 20, "{seen}");
    Ok(())
}

#[test]
fn the_arguments_of_the_reference_are_taken() -> Result<()> {
    check(
        ["serve", "--ingress-class-name=my-ingress-class"]
            .into_iter()
            .chain(OF_THE_REFERENCE),
    )?;
    let wrong = check(["serve", "--no-such-flag"]);
    ensure!(wrong.is_err(), "any flag is taken");
    Ok(())
}
