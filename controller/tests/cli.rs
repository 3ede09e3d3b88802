//! The built binary, as its users run it: exit codes, and what is on which stream.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

const SERVICE: &str =
    "apiVersion: v1\nkind: Service\nmetadata: {namespace: web, name: shop}\nspec: {ports: [{port: 80}]}\n";
const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\n";

/// A proxy that sends everything to this service.
fn proxy(service: &str) -> String {
    format!(
        "apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {{namespace: web, name: shop}}
spec:
  virtualhost: {{fqdn: shop.test}}
  routes: [{{services: [{{name: {service}, port: 80}}]}}]
"
    )
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it is below the folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("JSON")
    }
}

/// Runs the binary in a folder, with a text as its input.
fn run_with(folder: &Path, arguments: &[&str], input: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_isoline"));
    command.args(arguments).current_dir(folder);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input.as_bytes())
        .expect("it reads");
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    Ran {
        code: status.code(),
        stdout: String::from_utf8(stdout).expect("UTF-8"),
        stderr: String::from_utf8(stderr).expect("UTF-8"),
    }
}

fn run(folder: &TempDir, arguments: &[&str]) -> Ran {
    run_with(folder.path(), arguments, "")
}

#[test]
fn valid_objects_are_0_and_one_line_each() {
    let folder = folder(&[("a.yaml", &proxy("shop")), ("deep/b.yml", SERVICE)]);
    let ran = run(&folder, &["check", "."]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "HTTPProxy web/shop valid\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn invalid_objects_are_1_with_their_errors_below() {
    let folder = folder(&[("a.yaml", &proxy("none"))]);
    let ran = run(&folder, &["check", "a.yaml"]);
    let expected = "HTTPProxy web/shop invalid
  ServiceError ServiceUnresolvedReference: Spec.Routes unresolved service reference: service \"web/none\" not found
";
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), expected));
}

#[test]
fn the_json_has_the_documented_shape() {
    let refused = proxy("shop")
        .replace("virtualhost", "virtualhorse")
        .replace("name: shop}\nspec", "name: odd}\nspec");
    let folder = folder(&[("a.yaml", &proxy("none")), ("b.yaml", &refused)]);
    let ran = run(&folder, &["check", "-o", "json", "a.yaml", "b.yaml"]);
    assert_eq!(ran.code, Some(1));
    let report = ran.json();
    let object = &report["objects"][0];
    let keys: Vec<_> = object.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        [
            "kind",
            "namespace",
            "name",
            "currentStatus",
            "description",
            "conditions"
        ]
    );
    let error = &object["conditions"][0]["errors"][0];
    assert_eq!(
        (&error["type"], &error["reason"]),
        (&json!("ServiceError"), &json!("ServiceUnresolvedReference"))
    );
    let message = "unknown field \"spec.virtualhorse\"";
    let problems = json!([{"line": 5, "column": 17, "message": message}]);
    let rejected = json!([
        {"kind": "HTTPProxy", "namespace": "web", "name": "odd", "message": message, "problems": problems}
    ]);
    assert_eq!(report["rejected"], rejected);
}

#[test]
fn a_rejected_object_is_shown_with_its_place() {
    let folder = folder(&[("a.yaml", &proxy("shop").replace("virtualhost", "virtualhorse"))]);
    let ran = run(&folder, &["check", "a.yaml"]);
    let expected = "a.yaml:5:17: HTTPProxy web/shop: unknown field \"spec.virtualhorse\" (rejected)\n";
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), expected));
}

#[test]
fn every_reason_of_a_rejection_has_a_line() {
    let wrong = proxy("shop")
        .replace("virtualhost", "virtualhorse")
        .replace("port: 80", "port: 0");
    let folder = folder(&[("a.yaml", &wrong)]);
    let ran = run(&folder, &["check", "a.yaml"]);
    let expected = "\
a.yaml:5:17: HTTPProxy web/shop: unknown field \"spec.virtualhorse\" (rejected)
a.yaml:6:43: HTTPProxy web/shop: spec.routes[0].services[0].port: Invalid value: 0: spec.routes[0].services[0].port in \
body should be greater than or equal to 1 (rejected)
";
    assert_eq!(ran.stdout, expected);
}

#[test]
fn the_definitions_are_those_that_are_deployed() {
    let ran = run(&folder(&[]), &["crds"]);
    let deployed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/crds.yaml");
    assert_eq!(ran.code, Some(0));
    assert_eq!(ran.stdout, fs::read_to_string(deployed).expect("it is there"));
}

#[test]
fn what_cannot_be_read_is_2_and_says_where() {
    let folder = folder(&[
        ("bad.yaml", "a: 1\nb: [\n"),
        ("latin1.yaml", ""),
        ("config.yaml", "listeners: {httpz: 1}\n"),
        ("good.yaml", SERVICE),
    ]);
    fs::write(folder.path().join("latin1.yaml"), b"\xff").expect("a file");
    for (arguments, expected) in [
        (&["check", "none.yaml"][..], "none.yaml: no such file or folder"),
        (&["check", "bad.yaml"], "bad.yaml:"),
        (
            &["check", "latin1.yaml"],
            "latin1.yaml: stream did not contain valid UTF-8",
        ),
        (&["check", "--config", "config.yaml", "good.yaml"], "httpz"),
        (&["check", "--config", "none.yaml", "good.yaml"], "none.yaml"),
        (&["translate", "bad.yaml"], "bad.yaml:"),
        (&["check"], "PATH"),
    ] {
        let ran = run(&folder, arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
    }
}

const EDGE: &str = "apiVersion: projectcontour.io/v1alpha1
kind: ContourConfiguration
metadata: {name: edge, namespace: projectcontour}
spec:
  envoy: {http: {port: 8082}}
";

/// The port of the cleartext listener.
fn http_port(ran: &Ran) -> u64 {
    let json = ran.json();
    let listeners = json["listeners"].as_array().expect("a list").iter();
    let mut http = listeners.filter(|listener| listener["name"] == "ingress_http");
    let address = &http.next().expect("it is always there")["address"]["socket_address"];
    address["port_value"].as_u64().expect("a port")
}

#[test]
fn wrong_settings_are_2_and_say_file_line_and_field() {
    let folder = folder(&[
        ("config.yaml", "tls:\n  minimum-protocol-version: 1.1\nlistner: {}\n"),
        (
            "wrong.yaml",
            "tls:\n  minimum-protocol-version: 1.1\naccesslog-level: loud\n",
        ),
        ("a.yaml", SERVICE),
    ]);
    let ran = run(&folder, &["check", "-c", "config.yaml", "a.yaml"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    let expected = "error: invalid settings
config.yaml:3:10: listner: unknown field `listner`, did you mean \"listener\"? (known: loadBalancer, ";
    assert!(ran.stderr.starts_with(expected), "{}", ran.stderr);

    let ran = run(&folder, &["translate", "--config-path", "wrong.yaml", "a.yaml"]);
    assert_eq!(ran.code, Some(2));
    let expected = "error: invalid settings
wrong.yaml:3:18: accesslog-level: invalid access log level \"loud\" (known: info, error, critical, disabled)
wrong.yaml:2:29: tls.minimum-protocol-version: invalid TLS minimum protocol version: \"1.1\" (known: 1.2, 1.3)
";
    assert_eq!(ran.stderr, expected);
}

#[test]
fn flags_win_over_the_configuration_file() {
    let folder = folder(&[
        ("config.yaml", "listeners: {http: {port: 8081}}\n"),
        ("a.yaml", &proxy("shop")),
        ("b.yaml", SERVICE),
    ]);
    let of_file = run(
        &folder,
        &["translate", "-o", "json", "-c", "config.yaml", "a.yaml", "b.yaml"],
    );
    assert_eq!(http_port(&of_file), 8081);
    let flags = [
        "translate",
        "-o",
        "json",
        "-c",
        "config.yaml",
        "--envoy-service-http-port=8083",
        "a.yaml",
        "b.yaml",
    ];
    assert_eq!(http_port(&run(&folder, &flags)), 8083);
    let ran = run(&folder, &["check", "--root-namespaces=other,more", "a.yaml", "b.yaml"]);
    let expected = "root HTTPProxy cannot be defined in this namespace";
    assert!(ran.code == Some(1) && ran.stdout.contains(expected), "{}", ran.stdout);
    let ran = run(
        &folder,
        &[
            "check",
            "--use-proxy-protocol",
            "--accesslog-format=xml",
            "a.yaml",
            "b.yaml",
        ],
    );
    let expected =
        "error: invalid settings\n--accesslog-format: invalid access log format \"xml\" (known: envoy, json)\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), expected));
}

#[test]
fn a_disabled_kind_is_not_read() {
    let extension = "apiVersion: projectcontour.io/v1alpha1\nkind: ExtensionService\nmetadata: {name: e, namespace: web}\n\
                     spec: {services: [{name: shop, port: 80}]}\n";
    let folder = folder(&[("a.yaml", extension), ("b.yaml", SERVICE)]);
    assert_eq!(run(&folder, &["check", "."]).stdout, "ExtensionService web/e valid\n");
    let ran = run(&folder, &["check", "--disable-feature=extensionservices", "."]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
}

#[test]
fn settings_that_name_what_is_not_there_are_2() {
    let settings =
        "rateLimitService: {extensionService: web/limits, domain: d}\ntracing: {extensionService: web/traces}\n";
    let traces = "apiVersion: projectcontour.io/v1alpha1\nkind: ExtensionService\nmetadata: {name: traces, namespace: web}\n\
                  spec: {services: [{name: gone, port: 80}]}\n";
    let folder = folder(&[("config.yml", settings), ("a.yaml", traces)]);
    for command in ["check", "translate"] {
        let ran = run(&folder, &[command, "-c", "config.yml", "a.yaml"]);
        let expected = "error: rateLimitService.extensionService: ExtensionService web/limits not found\n";
        assert_eq!(
            (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
            (Some(2), "", expected)
        );
    }
    let limits = traces.replace("traces", "limits").replace("gone", "shop");
    fs::write(folder.path().join("b.yaml"), format!("{limits}---\n{SERVICE}")).expect("a file");
    let ran = run(&folder, &["check", "-c", "config.yml", "a.yaml", "b.yaml"]);
    let note = "note: tracing.extensionService: ExtensionService web/traces cannot be used\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), note));
}

#[test]
fn an_ingress_says_what_is_wrong_with_it_and_what_is_ignored() {
    let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress
metadata: {name: i, namespace: web, annotations: {projectcontour.io/response-timeout: soon}}
spec:
  rules:
  - host: shop.test
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}
";
    let class =
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: edge}\nspec: {controller: a.test/b}\n";
    let folder = folder(&[("a.yaml", ingress), ("b.yaml", SERVICE), ("c.yaml", class)]);
    let warning = "  warning: SpecError IgnoredAnnotation: ignoring annotation \"projectcontour.io/response-timeout\": \
                   unable to parse timeout string \"soon\": time: invalid duration \"soon\"\n";
    let ran = run(&folder, &["check", "."]);
    let valid = format!("Ingress web/i valid\n{warning}");
    assert_eq!((ran.code, ran.stdout, ran.stderr.as_str()), (Some(0), valid, ""));
    let ran = run(&folder, &["check", "a.yaml"]);
    let error =
        "  ServiceError ServiceUnresolvedReference: spec.rules[0].http.paths[0]: service \"web/shop\" not found\n";
    assert_eq!(
        (ran.code, ran.stdout),
        (Some(1), format!("Ingress web/i invalid\n{error}{warning}"))
    );
}

#[test]
fn settings_may_stand_in_an_object_among_the_manifests() {
    let folder = folder(&[("edge.yaml", EDGE), ("a.yaml", SERVICE), ("config.yml", "{}")]);
    let of_object = [
        "translate",
        "-o",
        "json",
        "--contour-config-name=edge",
        "edge.yaml",
        "a.yaml",
    ];
    let ran = run(&folder, &of_object);
    assert_eq!(http_port(&ran), 8082);
    let expected = "note: edge.yaml:1: projectcontour.io/v1alpha1 ContourConfiguration is not served: only --contour-config-name \
                    reads it\n";
    assert_eq!(ran.stderr, expected);
    for (arguments, expected) in [
        (
            &["check", "--contour-config-name=none", "edge.yaml"][..],
            "error: error getting contour configuration projectcontour/none: ",
        ),
        (
            &["check", "--contour-config-name=edge", "-c", "config.yml", "edge.yaml"],
            "error: cannot specify both --contour-config and -c/--config-path\n",
        ),
    ] {
        let ran = run(&folder, arguments);
        assert_eq!(ran.code, Some(2), "{arguments:?}");
        assert!(ran.stderr.starts_with(expected), "{arguments:?}: {}", ran.stderr);
    }
    fs::write(folder.path().join("edge.yaml"), EDGE.replace("8082", "0")).expect("a file");
    let ran = run(&folder, &of_object);
    let expected = "error: invalid settings\nedge.yaml:5:24: spec.envoy.http.port: 0 is not between 1 and 65535\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), expected));
}

#[test]
fn settings_without_an_effect_are_noted() {
    let folder = folder(&[("config.yaml", "featureFlags: [x]\n"), ("a.yaml", SERVICE)]);
    let ran = run(&folder, &["check", "-c", "config.yaml", "a.yaml"]);
    let expected = "note: config.yaml:1:15: featureFlags: has no effect: there are no feature flags\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), expected));
}

#[test]
fn two_files_that_define_one_object_are_2_and_both_are_named() {
    let folder = folder(&[("a.yaml", SERVICE), ("b.yaml", SERVICE)]);
    let ran = run(&folder, &["check", "."]);
    assert_eq!(ran.code, Some(2));
    let expected = "./b.yaml:1: Service web/shop is defined at ./a.yaml:1 already";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
}

#[test]
fn standard_input_is_a_file_like_others() {
    let folder = folder(&[]);
    let text = format!("{}---\n{SERVICE}", proxy("shop"));
    assert_eq!(
        run_with(folder.path(), &["check", "-"], &text).stdout,
        "HTTPProxy web/shop valid\n"
    );
    let ran = run_with(folder.path(), &["check", "-"], "a: [\n");
    assert!(ran.stderr.starts_with("error: <stdin>:"), "{}", ran.stderr);
}

#[test]
fn hidden_files_and_other_extensions_are_not_read() {
    let bad = "[";
    let folder = folder(&[
        ("a.json", "{}"),
        (".b.yaml", bad),
        (".c/d.yaml", bad),
        ("e.txt", bad),
        ("f.yaml~", bad),
    ]);
    fs::write(
        folder.path().join("a.json"),
        json!({"apiVersion": "v1", "kind": "List", "items": []}).to_string(),
    )
    .expect("a file");
    let ran = run(&folder, &["check", "."]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn ignored_kinds_are_noted_and_no_error() {
    let folder = folder(&[("a.yaml", DEPLOYMENT)]);
    let ran = run(&folder, &["check", "a.yaml"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
    assert!(
        ran.stderr.starts_with("note: a.yaml:1: apps/v1 Deployment"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_secret_value_is_never_said() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n";
    let folder = folder(&[]);
    for data in [
        "stringData: {password: 12345678}",
        "data: 12345678",
        "data: {password: [12345678]}",
        "data: {p: '12345678!'}",
    ] {
        let ran = run_with(folder.path(), &["check", "-"], &format!("{secret}{data}\n"));
        assert_eq!(ran.code, Some(1), "{data}");
        assert!(!(ran.stdout + &ran.stderr).contains("12345678"), "{data}");
    }
}

#[test]
fn the_translation_is_the_same_in_yaml_and_json() {
    let folder = folder(&[("a.yaml", &proxy("shop")), ("b.yaml", SERVICE)]);
    let json = run(&folder, &["translate", "-o", "json", "."]);
    assert_eq!(json.code, Some(0), "{}", json.stderr);
    let keys: Vec<_> = json.json().as_object().expect("an object").keys().cloned().collect();
    assert_eq!(
        keys,
        [
            "listeners",
            "scopes",
            "routes",
            "clusters",
            "endpoints",
            "runtime",
            "extensions",
            "secrets"
        ]
    );
    let yaml = run(&folder, &["translate", "."]).stdout;
    let yaml: Value = serde_saphyr::from_str(&yaml).expect("YAML");
    assert_eq!(yaml, json.json());
}

#[test]
fn a_rejected_object_is_missing_in_the_translation_and_named_beside_it() {
    let folder = folder(&[("a.yaml", &proxy("shop").replace("virtualhost", "virtualhorse"))]);
    let ran = run(&folder, &["translate", "-o", "json", "."]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.json()["listeners"].is_array());
    assert!(ran.stderr.contains("a.yaml:5:17: HTTPProxy web/shop"), "{}", ran.stderr);
}

#[test]
fn the_bootstrap_leads_to_the_controller() {
    let folder = folder(&[]);
    let ran = run(
        &folder,
        &["bootstrap", "--xds-address", "isoline.test", "--xds-port", "18001", "-"],
    );
    let bootstrap = ran.json();
    let cluster = &bootstrap["static_resources"]["clusters"][0];
    assert_eq!(cluster["type"], "STRICT_DNS");
    let endpoint = &cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"];
    assert_eq!(
        endpoint["address"]["socket_address"],
        json!({"address": "isoline.test", "port_value": 18001})
    );
    assert_eq!(bootstrap["dynamic_resources"]["ads_config"]["api_type"], "DELTA_GRPC");
    let layers = &bootstrap["layered_runtime"]["layers"];
    assert_eq!(layers[0]["rtds_layer"]["name"], "isoline");
    assert_eq!(layers[1]["name"], "admin");
    let admin = &bootstrap["static_resources"]["clusters"][1];
    assert_eq!(admin["name"], "envoy-admin");
    let endpoint = &admin["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"];
    assert_eq!(endpoint["address"], bootstrap["admin"]["address"]);
    assert_eq!(endpoint["address"]["pipe"]["path"], "/admin/admin.sock");
}

#[test]
fn the_admin_interface_is_for_this_machine_unless_the_operator_insists() {
    let folder = folder(&[]);
    let arguments = ["bootstrap", "--admin-address", "0.0.0.0", "-"];
    let refused = run(&folder, &arguments);
    assert_eq!(refused.code, Some(2));
    let expected = "other machines could reach the admin interface at 0.0.0.0:9001";
    assert!(refused.stderr.contains(expected), "{}", refused.stderr);
    let allowed = run(&folder, &[&arguments[..], &["--allow-remote-admin"]].concat());
    assert_eq!(allowed.code, Some(0), "{}", allowed.stderr);
    for address in ["127.0.0.1", "::1"] {
        let ran = run(&folder, &["bootstrap", "--admin-address", address, "-"]);
        assert_eq!(ran.json()["admin"]["address"]["socket_address"]["address"], address);
    }
}

#[test]
fn the_files_for_tls_come_all_together_and_hold_something() {
    let folder = folder(&[("ca.crt", "a"), ("tls.crt", "b"), ("tls.key", ""), ("good.key", "c")]);
    let bootstrap = |more: &[&str]| run(&folder, &[&["bootstrap", "-"], more].concat());
    let refusal = |more: &[&str]| {
        let ran = bootstrap(more);
        assert_eq!(ran.code, Some(2), "{}", ran.stdout);
        ran.stderr
    };
    let two = ["--envoy-cafile", "ca.crt", "--envoy-cert-file", "tls.crt"];
    let all = [
        "\"--envoy-cafile\", \"--envoy-cert-file\", \"--envoy-key-file\"",
        "--resources-dir goes with",
        "\"tls.key\" is empty",
        "cannot read no.key",
    ];
    let said = [
        refusal(&two),
        refusal(&["--resources-dir", "resources"]),
        refusal(&[&two[..], &["--envoy-key-file", "tls.key"]].concat()),
        refusal(&[&two[..], &["--envoy-key-file", "no.key"]].concat()),
    ];
    for (expected, said) in all.into_iter().zip(said) {
        assert!(said.contains(expected), "{expected}: {said}");
    }

    let all = [&two[..], &["--envoy-key-file", "good.key"]].concat();
    let once = bootstrap(&all).json();
    let tls = |bootstrap: &Value| {
        let socket = &bootstrap["static_resources"]["clusters"][0]["transport_socket"];
        socket["typed_config"]["common_tls_context"].clone()
    };
    let path = |name: &str| folder.path().join(name).display().to_string();
    assert_eq!(
        tls(&once)["tls_certificates"][0]["private_key"]["filename"],
        path("good.key")
    );
    let names = &tls(&once)["validation_context"]["match_typed_subject_alt_names"];
    assert_eq!(*names, json!([{"san_type": "DNS", "matcher": {"exact": "isoline"}}]));

    let watching = bootstrap(&[&all[..], &["--resources-dir", "resources"]].concat()).json();
    let config = &tls(&watching)["tls_certificate_sds_secret_configs"][0]["sds_config"]["path_config_source"];
    let file = config["path"].as_str().expect("a path");
    assert_eq!(file, path("resources/sds/xds-tls-certificate.json"));
    let secret: Value = serde_json::from_str(&fs::read_to_string(file).expect("written")).expect("JSON");
    let watched = &secret["resources"][0]["tls_certificate"]["watched_directory"]["path"];
    assert_eq!(*watched, folder.path().display().to_string());
}

#[test]
fn limits_make_an_overload_manager() {
    let folder = folder(&[]);
    assert_eq!(run(&folder, &["bootstrap", "-"]).json().get("overload_manager"), None);
    let limits = [
        "--overload-max-heap",
        "1000000",
        "--overload-downstream-max-conn",
        "500",
    ];
    let manager = run(&folder, &[&["bootstrap", "-"], &limits[..]].concat()).json()["overload_manager"].take();
    let monitors = manager["resource_monitors"].as_array().expect("monitors");
    assert_eq!(monitors[0]["typed_config"]["max_heap_size_bytes"], "1000000");
    assert_eq!(monitors[1]["typed_config"]["max_active_downstream_connections"], "500");
    assert_eq!(manager["actions"].as_array().map(Vec::len), Some(2));
}

#[test]
fn statistics_of_the_way_to_the_controller_go_by_its_namespace() {
    let ran = run(
        &folder(&[]),
        &["bootstrap", "--namespace", "ingress", "--dns-lookup-family", "v6", "-"],
    );
    let bootstrap = ran.json();
    let cluster = &bootstrap["static_resources"]["clusters"][0];
    assert_eq!(cluster["alt_stat_name"], "ingress_isoline_8001");
    assert_eq!(cluster["dns_lookup_family"], "V6_ONLY");
    assert!(
        ran.stdout.contains("\"cluster.ingress_isoline_8001.\""),
        "it is counted"
    );
}

#[test]
fn the_bootstrap_of_an_address_resolves_nothing_and_is_written_where_it_is_told() {
    let folder = folder(&[]);
    assert_eq!(run(&folder, &["bootstrap", "envoy.json"]).code, Some(0));
    let text = fs::read_to_string(folder.path().join("envoy.json")).expect("written");
    let bootstrap: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(bootstrap["static_resources"]["clusters"][0]["type"], "STATIC");
}

/// What a file says to nobody but its owner, or to all.
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn certificates_are_made_together_kept_and_replaced_together() {
    let folder = folder(&[]);
    let certgen = |more: &[&str]| run(&folder, &[&["certgen", "--pem"], more].concat());
    let read = |name: &str| fs::read_to_string(folder.path().join("certs").join(name)).expect("written");
    assert_eq!(certgen(&[]).code, Some(0));
    for (name, expected) in [
        ("cacert.pem", 0o644),
        ("isolinecert.pem", 0o644),
        ("envoycert.pem", 0o644),
        ("isolinekey.pem", 0o600),
        ("envoykey.pem", 0o600),
    ] {
        assert_eq!(mode(&folder.path().join("certs").join(name)), expected, "{name}");
    }
    let (before, key) = (read("cacert.pem"), read("envoykey.pem"));

    let kept = certgen(&[]);
    assert_eq!(kept.code, Some(0));
    assert!(
        kept.stdout.contains("certs/envoykey.pem is there already and kept"),
        "{}",
        kept.stdout
    );
    assert_eq!(
        (read("cacert.pem"), read("envoykey.pem")),
        (before.clone(), key.clone())
    );

    fs::remove_file(folder.path().join("certs/envoycert.pem")).expect("it was there");
    let refused = certgen(&[]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("but not certs/envoycert.pem"),
        "{}",
        refused.stderr
    );
    assert_eq!(read("cacert.pem"), before);

    let replaced = certgen(&["--overwrite"]);
    assert_eq!(replaced.code, Some(0), "{}", replaced.stderr);
    assert!(!replaced.stdout.contains("PRIVATE"), "{}", replaced.stdout);
    assert_ne!(read("cacert.pem"), before);
    assert_ne!(read("envoykey.pem"), key);
    assert_eq!(mode(&folder.path().join("certs/envoykey.pem")), 0o600);
}

#[test]
fn certificates_come_as_secrets_of_either_form() {
    let folder = folder(&[]);
    let secret = |path: &str| -> Value {
        let path = folder.path().join(path);
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        serde_saphyr::from_str(&fs::read_to_string(path).expect("written")).expect("YAML")
    };
    let compact = [
        "--secrets-format",
        "compact",
        "--secrets-name-suffix",
        "-v2",
        "--namespace",
        "edge",
    ];
    let ran = run(&folder, &[&["certgen", "--yaml", "compact"], &compact[..]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for name in ["isolinecert-v2", "envoycert-v2"] {
        let secret = secret(&format!("compact/{name}.yaml"));
        assert_eq!(secret["metadata"]["name"], name);
        assert_eq!(secret["metadata"]["namespace"], "edge");
        assert_eq!(
            (&secret["kind"], &secret["type"]),
            (&json!("Secret"), &json!("kubernetes.io/tls"))
        );
        let keys: Vec<_> = secret["data"].as_object().expect("data").keys().cloned().collect();
        assert_eq!(keys, ["ca.crt", "tls.crt", "tls.key"]);
    }
    assert_eq!(run(&folder, &["certgen", "--yaml", "legacy"]).code, Some(0));
    assert_eq!(secret("legacy/cacert.yaml")["type"], "Opaque");
    assert_eq!(
        secret("legacy/isolinecert.yaml")["metadata"]["namespace"],
        "isoline-system"
    );
    assert_eq!(secret("legacy/envoycert.yaml")["data"].get("ca.crt"), None);
}

#[test]
fn certificates_that_are_for_nothing_are_not_made() {
    let ran = run(&folder(&[]), &["certgen"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("--pem"), "{}", ran.stderr);
}

#[test]
fn the_version_is_that_of_the_package() {
    let ran = run(&folder(&[]), &["version"]);
    assert_eq!(ran.stdout, format!("isoline {}\n", env!("CARGO_PKG_VERSION")));
}

const ENVOY_SERVICE: &str = "apiVersion: v1
kind: Service
metadata:
  namespace: edge
  name: envoy
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-type: external
    service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: instance
    service.beta.kubernetes.io/aws-load-balancer-ssl-cert: arn
    service.beta.kubernetes.io/aws-load-balancer-ssl-ports: https
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  ports:
  - {name: http, port: 80, targetPort: 8080}
  - {name: https, port: 443, targetPort: 8081}
";

const AUTO: &str = "{loadBalancer: {mode: Auto, externalPorts: {http: 80}}, listeners: {tlsOffload: {enabled: true}}, \
    envoy-service-namespace: edge}";

#[test]
fn the_load_balancer_is_explained_line_by_line() {
    let folder = folder(&[("envoy.yaml", ENVOY_SERVICE), ("isoline.conf", AUTO)]);
    let ran = run(
        &folder,
        &["explain", "--load-balancer", "-c", "isoline.conf", "envoy.yaml"],
    );
    let aws = "service.beta.kubernetes.io/aws-load-balancer-";
    let expected = format!(
        "Settings as written
  mode: Auto
  externalPorts.http: 80
Read from Service edge/envoy
  spec.type: LoadBalancer -> a load balancer is in front
  {aws}type: external -> a Network Load Balancer, made by the AWS Load Balancer Controller
  {aws}nlb-target-type: instance -> it sends to ports of nodes
  spec.externalTrafficPolicy: Local -> nodes keep the client's address
  {aws}ssl-cert: arn -> it ends TLS
  {aws}ssl-ports: https -> on these ports
  spec.ports[80].targetPort: 8080 -> passed through, to listener http (8080)
  spec.ports[443].targetPort: 8081 -> TLS ended, to listener tls-offload (8081)
Settings in force
  mode: L4TLS
  proxyProtocol: Off
  tlsPorts: [443]
  trusted.hops: 0
  trusted.cidrs: []
  externalPorts.http: 80
  externalPorts.https: 443
Listeners
  http (8080)
    scheme: http, by the listener
    client address: the peer
  https (8443)
    scheme: https, by the listener
    client address: the peer
  tls-offload (8081)
    scheme: https, by the listener
    client address: the peer
Warnings: nothing
"
    );
    assert_eq!((ran.code, ran.stdout, ran.stderr.as_str()), (Some(0), expected, ""));
}

#[test]
fn a_load_balancer_that_contradicts_itself_is_explained_with_the_ways_out() {
    let service = ENVOY_SERVICE.replace("8081", "8080");
    let folder = folder(&[("envoy.yaml", &service), ("isoline.conf", AUTO)]);
    let ran = run(
        &folder,
        &["explain", "--load-balancer", "-c", "isoline.conf", "envoy.yaml"],
    );
    let (_, warnings) = ran.stdout.split_once("Warnings\n").expect("warnings");
    assert_eq!(ran.code, Some(0));
    for words in [
        "aws-load-balancer-ssl-ports: TLS is ended on port 443",
        "targetPort: 8081",
        "proxy_protocol_v2.enabled=true",
    ] {
        assert!(warnings.contains(words), "{warnings}");
    }
    assert!(ran.stdout.contains("scheme: unknown"), "{}", ran.stdout);
    let ran = run(&folder, &["check", "-c", "isoline.conf", "envoy.yaml"]);
    assert!(ran.stderr.starts_with("warning: service.beta"), "{}", ran.stderr);
    let other = [
        "check",
        "-c",
        "isoline.conf",
        "--envoy-service-name",
        "other",
        "envoy.yaml",
    ];
    let ran = run(&folder, &other);
    assert!(ran.stderr.contains("Service edge/other is not there"), "{}", ran.stderr);
}

#[test]
fn explain_asks_what_about() {
    let folder = folder(&[]);
    let ran = run(&folder, &["explain", "."]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("--load-balancer"), "{}", ran.stderr);
}

/// A file of one expectation of the root of shop.test.
fn expectation(name: &str, expect: &str) -> String {
    format!("expectations:\n  - name: {name}\n    request: {{url: http://shop.test/}}\n    expect: {expect}\n")
}

#[test]
fn expectations_that_hold_are_0_below_the_statuses() {
    let one = expectation("to the shop", "{route: HTTPProxy web/shop, upstreams: [web/shop/80]}");
    let two = expectation("forwarded", "{answer: forward}");
    let folder = folder(&[
        ("a.yaml", &(proxy("shop") + "---\n" + SERVICE)),
        ("1", &one),
        ("2", &two),
    ]);
    let ran = run(&folder, &["check", "--expect", "1", "--expect", "2", "a.yaml"]);
    let expected = "HTTPProxy web/shop valid\nok to the shop\nok forwarded\n";
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), expected), "{}", ran.stderr);
}

#[test]
fn an_expectation_that_fails_is_1_with_each_mismatch() {
    let wrong = expectation(
        "redirected",
        "{answer: redirect, status: 301, route: HTTPProxy web/shop}",
    );
    let odd = expectation("odd", "{status: 200}").replace("http://", "");
    let objects = proxy("shop") + "---\n" + SERVICE;
    let folder = folder(&[("a.yaml", &objects), ("wrong", &wrong), ("odd", &odd)]);
    let arguments = ["check", "--expect", "wrong", "--expect", "odd", "a.yaml"];
    let ran = run(&folder, &arguments);
    let no_url = r#""shop.test/" is no URL such as https://shop.example.com/path?query"#;
    let expected = format!(
        "HTTPProxy web/shop valid
FAILED redirected
  answer: expected redirect, got forward
  status: expected 301, got none
FAILED odd
  {no_url}
"
    );
    assert_eq!((ran.code, ran.stdout), (Some(1), expected));

    let report = run(&folder, &[&arguments[..], &["-o", "json"]].concat()).json();
    let mismatches = json!([
        {"field": "answer", "expected": "redirect", "actual": "forward"},
        {"field": "status", "expected": "301", "actual": "none"},
    ]);
    let outcomes = json!([
        {"name": "redirected", "mismatches": mismatches, "error": null},
        {"name": "odd", "mismatches": [], "error": no_url},
    ]);
    assert_eq!(report["expectations"], outcomes);
    assert_eq!(report["objects"][0]["currentStatus"], "valid");
}

#[test]
fn without_expectations_there_are_none_in_the_report() {
    let folder = folder(&[("a.yaml", &(proxy("shop") + "---\n" + SERVICE))]);
    let report = run(&folder, &["check", "-o", "json", "a.yaml"]).json();
    let keys: Vec<_> = report.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["objects", "rejected"]);
}

#[test]
fn expectations_that_cannot_be_read_are_2() {
    let folder = folder(&[
        ("a.yaml", &(proxy("shop") + "---\n" + SERVICE)),
        ("odd", &expectation("odd", "{state: 200}")),
    ]);
    for (file, error) in [
        (
            "odd",
            "error: odd:4:21: expectations[0].expect.state: unknown field `state`",
        ),
        ("none", "error: none: No such file"),
    ] {
        let ran = run(&folder, &["check", "--expect", file, "a.yaml"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert!(ran.stderr.starts_with(error), "{}", ran.stderr);
    }
}
