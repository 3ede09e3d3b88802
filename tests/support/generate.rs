//! Objects that a schema admits, and that nobody would write: every field, at its bounds and with nasty values.
//!
//! The generator walks the very schema that an API server would judge by, so that a field cannot be forgotten.

use proptest::{prelude::*, sample::select, string::string_regex};
use serde_json::{Map, Value, json};

/// How deep optional fields are followed before they are left out.
const DEPTH: usize = 9;

/// An object's `spec` that the schema admits, rules that stand between fields aside.
pub fn spec(schema: &Value) -> BoxedStrategy<Value> {
    value(&schema["properties"]["spec"], "spec", DEPTH)
}

fn value(schema: &Value, path: &str, depth: usize) -> BoxedStrategy<Value> {
    if let Some(known) = known(path) {
        return known;
    }
    if let Some(words) = schema["enum"].as_array() {
        return select(words.clone()).boxed();
    }
    match schema["type"].as_str() {
        Some("object") => object(schema, path, depth),
        Some("array") => array(schema, path, depth),
        Some("integer" | "number") => integer(schema),
        Some("boolean") => any::<bool>().prop_map(Value::from).boxed(),
        _ => text(schema),
    }
}

fn object(schema: &Value, path: &str, depth: usize) -> BoxedStrategy<Value> {
    let Some(properties) = schema["properties"].as_object() else {
        let entries = prop::collection::btree_map("[a-z]{1,3}", nasty(), 0..3);
        return entries.prop_map(|map| json!(map)).boxed();
    };
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
    let chance = if path == "spec" || path.ends_with("virtualhost") {
        0.4
    } else {
        0.2
    };
    let fields = properties.iter().filter_map(|(name, field)| {
        let is_required = required.iter().any(|required| *required == name);
        if !is_required && depth == 0 {
            return None;
        }
        let value = value(field, &format!("{path}.{name}"), depth.saturating_sub(1));
        let name = name.clone();
        let present = prop::bool::weighted(if is_required { 1.0 } else { chance });
        Some((present, value).prop_map(move |(present, value)| present.then(|| (name.clone(), value))))
    });
    let fields: Vec<_> = fields.map(Strategy::boxed).collect();
    fields
        .prop_map(|fields| Value::Object(fields.into_iter().flatten().collect::<Map<_, _>>()))
        .boxed()
}

fn array(schema: &Value, path: &str, depth: usize) -> BoxedStrategy<Value> {
    let least = schema["minItems"]
        .as_u64()
        .and_then(|least| usize::try_from(least).ok())
        .unwrap_or(0);
    let item = value(&schema["items"], &format!("{path}[]"), depth.saturating_sub(1));
    prop::collection::vec(item, least..=least.max(1) + 1)
        .prop_map(Value::from)
        .boxed()
}

/// Numbers at and beyond every edge that somebody may have thought of, as far as the schema lets them through.
fn integer(schema: &Value) -> BoxedStrategy<Value> {
    let is_32_bit = schema["format"] == "int32";
    let edge = if is_32_bit { i64::from(i32::MAX) } else { i64::MAX };
    let least = schema["minimum"]
        .as_i64()
        .unwrap_or(if is_32_bit { i32::MIN.into() } else { i64::MIN });
    let most = schema["maximum"].as_i64().unwrap_or(edge);
    let most = if schema["exclusiveMaximum"] == true {
        most - 1
    } else {
        most
    };
    let usual = [
        -1,
        0,
        1,
        2,
        10,
        80,
        100,
        200,
        418,
        503,
        599,
        65_535,
        65_536,
        i64::from(u32::MAX),
        i64::from(u32::MAX) + 1,
    ];
    let all = usual
        .into_iter()
        .chain([least, most, least.saturating_add(1), most.saturating_sub(1)]);
    let admitted: Vec<_> = all.filter(|number| (least..=most).contains(number)).collect();
    select(admitted).prop_map(Value::from).boxed()
}

fn text(schema: &Value) -> BoxedStrategy<Value> {
    let least = schema["minLength"].as_u64().unwrap_or(0);
    let most = schema["maxLength"].as_u64().unwrap_or(u64::MAX);
    let strategy = match schema["pattern"].as_str() {
        Some(pattern) => {
            let inner = pattern
                .trim_start_matches('^')
                .trim_end_matches('$')
                .replace(r"\/[\]", r"/\[\]")
                .replace(r"\/", "/")
                // An API server knows no other digits.
                .replace(r"\d", "[0-9]");
            string_regex(&inner)
                .expect("a schema's pattern is a regular expression")
                .boxed()
        }
        None => nasty().boxed(),
    };
    let fits = move |text: &String| (least..=most).contains(&(text.chars().count() as u64));
    strategy
        .prop_filter("within the schema's lengths", fits)
        .prop_map(Value::from)
        .boxed()
}

/// Texts that have broken something somewhere.
fn nasty() -> impl Strategy<Value = String> {
    let texts = [
        "",
        "a",
        "x-header",
        "X-Header",
        ":path",
        ":authority",
        "host",
        "Host",
        "a b",
        "a\nb",
        "a\r\nx: y",
        "\u{0}",
        "ü",
        "%",
        "%%",
        "%REQ(x)%",
        "%REQ(X-Host)%",
        "a%REQ(X-Host)%",
        "%CEL(1)%",
        "%CONTOUR_NAMESPACE%",
        "%START_TIME%",
        "%FILTER_STATE(x)%",
        "${x}",
        "{{x}}",
        "]]>",
        "'; --",
        "[",
        "(",
        "a{1001}",
        "(a{100}){100}",
        "(?i)a",
        "(?P<n>a)",
        r"\Q",
        r"\p{Greek}",
        "*",
        "**",
        "/",
        "//",
        "/a",
        "/a?b#c",
        "/%zz",
        "/../x",
        "1",
        "-1",
        "0s",
        "5s",
        "infinity",
        "999999999h",
        "true",
        "null",
        "https://a.test",
        "http://a.test:99999/",
        "http://[::1]/",
        "10.0.0.0/8",
        "::1",
        "300.0.0.1",
        "100",
        "101",
        "x-isoline-scope",
        "x-envoy-internal",
        "transfer-encoding",
        "content-length",
        "connection",
        "set-cookie",
        "Mozilla/5.0",
        "é",
        "\t",
        "a\tb",
    ];
    prop_oneof![
        6 => select(texts.map(str::to_owned).to_vec()),
        2 => "[a-z]{1,8}",
        1 => any::<String>(),
        1 => "[a-z/]{300}",
    ]
}

/// Fields whose values must mostly be names of something, or nothing would ever be reached.
fn known(path: &str) -> Option<BoxedStrategy<Value>> {
    let is = |suffix: &str| path.ends_with(suffix);
    let among = |words: &[&str]| Some(select(words.iter().copied().map(Value::from).collect::<Vec<_>>()).boxed());
    if is(".virtualhost") || is(".includes") || is("tcpproxy.includes") || is("ingressClassName") {
        return None;
    }
    if is("services[].name") {
        return among(&["s0", "s0", "s0", "s1", "external", "missing"]);
    }
    if is("services[].port") {
        return Some(select(vec![json!(80), json!(80), json!(443), json!(81)]).boxed());
    }
    if is("healthPort") {
        return Some(select(vec![json!(80), json!(443), json!(9)]).boxed());
    }
    if is("tls.secretName") {
        return among(&["pair", "pair", "other/pair", "missing"]);
    }
    if is("caSecret") {
        return among(&["authority", "authority", "other/authority", "pair"]);
    }
    if is("crlSecret") {
        return among(&["revocations", "authority"]);
    }
    if is("localJWKS.secretName") {
        return among(&["keys", "keys", "missing"]);
    }
    if is("localJWKS.key") {
        return among(&["jwks", "bad"]);
    }
    if is("jwtProviders[].name") || is("jwtVerificationPolicy.require") {
        return among(&["one", "two", "three"]);
    }
    if is("extensionRef.name") {
        return among(&["h2", "h2c", "http", "missing"]);
    }
    if is("extensionRef.namespace") {
        return among(&["generated"]);
    }
    if is("extensionRef.apiVersion") {
        return among(&["projectcontour.io/v1alpha1", "projectcontour.io/v1alpha1", "v9"]);
    }
    if is("remoteJWKS.uri") {
        return among(&[
            "http://keys.test/",
            "https://keys.test:8443/x?y",
            "https://keys.test:99999/",
            "ftp://x",
            "http://[::1]:80/",
            "http://a b/",
            "https://",
        ]);
    }
    if is("virtualhost.fqdn") {
        return among(&["replaced.test"]);
    }
    if is("cidr") {
        return among(&[
            "10.0.0.0/8",
            "192.0.2.1",
            "2001:db8::/32",
            "::",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "x",
        ]);
    }
    if is("conditions[].prefix") || is("conditions[].exact") || is("replacement") || is("replacePrefix[].prefix") {
        return among(&["/", "/a", "/a/", "/b", "/a b", "/%", "/a?b", "", "a", "/ü", "/\n"]);
    }
    if is("ProtocolVersion") {
        return among(&["1.2", "1.3", "1.1", ""]);
    }
    if is("strategy") {
        return among(&[
            "",
            "RoundRobin",
            "WeightedLeastRequest",
            "Random",
            "Cookie",
            "RequestHash",
            "Strange",
        ]);
    }
    if is("includes[].name") || is("include.name") {
        return among(&["child", "child", "missing"]);
    }
    if is("include.namespace") || is("includes[].namespace") || is("includes.namespace") {
        return among(&["", "generated"]);
    }
    None
}
