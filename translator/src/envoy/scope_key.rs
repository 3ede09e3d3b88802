//! The keys that scopes are found by: made from a request by the listener, and from a host by the translator.

use isoline_policy::Listener;

/// What stands for a Host that is not the SNI of its connection; no host can be called so, or it would get the requests.
pub(super) const MISDIRECTED: &str = "-misdirected";

/// The key of a host: over TLS it holds the SNI as well.
pub(super) fn of_name(listener: Listener, name: &str) -> String {
    of_request(listener, name, name)
}

/// The key of a request, as it says of itself.
pub(super) fn of_request(listener: Listener, sni: &str, host: &str) -> String {
    match listener {
        Listener::Http => format!("http|{host}"),
        Listener::Https => format!("https|{sni}|{host}"),
        Listener::TlsOffload => format!("tls-offload|{host}"),
    }
}

/// The key for hosts that nobody serves.
pub(super) fn not_found(listener: Listener) -> String {
    of_name(listener, "*")
}
