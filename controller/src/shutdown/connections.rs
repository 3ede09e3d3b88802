//! How many connections clients have to the listeners for traffic.

use serde_json::Value;

use crate::admin::{Admin, AdminError};

/// How the names of listeners for traffic begin. Those for metrics and health are called otherwise: a scraper keeps
/// nobody from ending.
const TRAFFIC: &str = "ingress_";

const LISTENERS: &str = "/listeners?format=json";
/// Of listeners, since the statistics of HTTP do not know proxied TCP.
const STATS: &str = "/stats?format=json&filter=^listener.*downstream_cx_active$";

/// Connections that could not be counted.
#[derive(Debug, thiserror::Error)]
pub(super) enum CountError {
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error("Envoy has no statistic of its listener {0}")]
    Uncounted(String),
}

pub(super) async fn count(admin: &Admin) -> Result<u64, CountError> {
    let listeners = admin.json(LISTENERS).await?;
    let stats = admin.json(STATS).await?;
    sum(&listeners, &stats)
}

fn sum(listeners: &Value, stats: &Value) -> Result<u64, CountError> {
    let listeners = entries(listeners, "listener_statuses");
    let traffic = listeners.filter(|listener| listener["name"].as_str().is_some_and(|name| name.starts_with(TRAFFIC)));
    traffic.map(|listener| of_listener(listener, stats)).sum()
}

fn of_listener(listener: &Value, stats: &Value) -> Result<u64, CountError> {
    let name = stat_name(&listener["local_address"]["socket_address"]);
    let mut stats = entries(stats, "stats");
    let stat = name.and_then(|name| stats.find(|stat| stat["name"] == name.as_str()));
    let value = stat.and_then(|stat| stat["value"].as_u64());
    value.ok_or_else(|| CountError::Uncounted(listener["name"].as_str().unwrap_or_default().to_owned()))
}

/// Statistics of a listener go by its address, with colons made harmless.
fn stat_name(address: &Value) -> Option<String> {
    let (host, port) = (address["address"].as_str()?, address["port_value"].as_u64()?);
    let host = if host.contains(':') {
        format!("[{}]", host.replace(':', "_"))
    } else {
        host.to_owned()
    };
    Some(format!("listener.{host}_{port}.downstream_cx_active"))
}

fn entries<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listeners(listeners: &[(&str, &str, u16)]) -> Value {
        let listeners = listeners.iter().map(|(name, address, port)| {
            let address = json!({"socket_address": {"address": address, "port_value": port}});
            json!({"name": name, "local_address": address})
        });
        json!({"listener_statuses": listeners.collect::<Vec<_>>()})
    }

    fn stats(stats: &[(&str, u64)]) -> Value {
        let stats = stats.iter().map(|(address, value)| {
            let name = format!("listener.{address}.downstream_cx_active");
            json!({"name": name, "value": value})
        });
        json!({"stats": stats.collect::<Vec<_>>()})
    }

    #[test]
    fn every_listener_for_traffic_counts_and_no_other() {
        let listeners = listeners(&[
            ("ingress_http", "0.0.0.0", 8080),
            ("ingress_https", "::", 8443),
            ("stats", "0.0.0.0", 8002),
        ]);
        let stats = stats(&[
            ("0.0.0.0_8080", 3),
            ("0.0.0.0_8080.worker_0", 3),
            ("[__]_8443", 4),
            ("0.0.0.0_8002", 9),
            ("admin", 1),
        ]);
        assert_eq!(sum(&listeners, &stats).expect("all are counted"), 7);
    }

    #[test]
    fn what_is_not_counted_is_not_zero() {
        let listeners = listeners(&[("ingress_http", "0.0.0.0", 8080)]);
        let error = sum(&listeners, &stats(&[("0.0.0.0_8443", 0)])).expect_err("it has none");
        assert_eq!(error.to_string(), "Envoy has no statistic of its listener ingress_http");
    }

    #[test]
    fn an_envoy_without_listeners_has_no_connections() {
        assert_eq!(sum(&json!({}), &json!({"stats": []})).expect("nothing to count"), 0);
    }
}
