//! What an Envoy counts.

use isoline_envoy_api::envoy::{
    config::metrics::v3::{StatsConfig, StatsMatcher, stats_matcher},
    r#type::matcher::v3::{ListStringMatcher, StringMatcher, string_matcher::MatchPattern},
};

/// What is counted whole. Each of these is a handful, however many hosts there are.
const COUNTED_PREFIXES: [&str; 9] = [
    "cluster_manager.",
    "control_plane.",
    "extension_config_discovery.",
    "http.",
    "listener.",
    "listener_manager.",
    "main_thread.",
    "server.",
    "wasm",
];

/// What is counted of every cluster: every line costs memory times clusters.
const COUNTED_OF_CLUSTERS: [&str; 17] = [
    ".membership_healthy",
    ".membership_total",
    ".upstream_cx_active",
    ".upstream_cx_connect_fail",
    ".upstream_cx_connect_timeout",
    ".upstream_cx_total",
    ".upstream_rq_1xx",
    ".upstream_rq_2xx",
    ".upstream_rq_3xx",
    ".upstream_rq_4xx",
    ".upstream_rq_5xx",
    ".upstream_rq_active",
    ".upstream_rq_pending_overflow",
    ".upstream_rq_retry",
    ".upstream_rq_time",
    ".upstream_rq_timeout",
    ".upstream_rq_total",
];

/// The matcher, with everything of the cluster that leads to the controller.
pub(super) fn config(controller: &str) -> StatsConfig {
    let prefixes = COUNTED_PREFIXES.map(|prefix| MatchPattern::Prefix(prefix.to_owned()));
    let controller = MatchPattern::Prefix(format!("cluster.{controller}."));
    let suffixes = COUNTED_OF_CLUSTERS.map(|suffix| MatchPattern::Suffix(suffix.to_owned()));
    let patterns = prefixes.into_iter().chain([controller]).chain(suffixes);
    let patterns = patterns.map(|pattern| StringMatcher {
        match_pattern: Some(pattern),
        ..Default::default()
    });
    let list = ListStringMatcher {
        patterns: patterns.collect(),
    };
    StatsConfig {
        stats_matcher: Some(StatsMatcher {
            stats_matcher: Some(stats_matcher::StatsMatcher::InclusionList(list)),
        }),
        ..Default::default()
    }
}
