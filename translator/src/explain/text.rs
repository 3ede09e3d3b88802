//! An explanation for people.

use std::fmt::{self, Display, Formatter};

use super::{Answer, Candidate, Explanation, Forwarding, Upstream, Verdict};

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        section("Request", &self.request, f)?;
        let host = self.host.as_deref();
        if let Some(host) = host {
            writeln!(f, "Host {host}")?;
            section("Routes, in the order in which they are tried", &self.routes, f)?;
        }
        section("Decision", &self.decision, f)?;
        section("Also asked", &self.filters, f)?;
        writeln!(f, "Answer\n{}", self.answer)
    }
}

fn section(title: &str, lines: &[impl Display], f: &mut Formatter<'_>) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "{title}")?;
    lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
}

impl Display for Candidate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let sign = if self.verdict == Verdict::Wins { '>' } else { '-' };
        write!(f, "{sign} {} ({}", self.conditions.join(", "), self.origin)?;
        if let Some(policy) = &self.policy {
            write!(f, ", RoutePolicy {policy}")?;
        }
        match &self.verdict {
            Verdict::Wins => write!(f, "): takes it"),
            Verdict::Matches => write!(f, "): matches, but a route before it takes it"),
            Verdict::Fails(reason) => write!(f, "): {reason}"),
        }
    }
}

impl Display for Answer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed { reason } => write!(f, "  the connection is closed: {reason}"),
            Self::Respond { status, reason } if reason.is_empty() => write!(f, "  {status}"),
            Self::Respond { status, reason } => write!(f, "  {status}: {reason}"),
            Self::Redirect { status, location } => write!(f, "  {status} to {location}"),
            Self::Tcp { upstreams } => {
                write!(f, "  the connection goes on")?;
                upstreams.iter().try_for_each(|upstream| write!(f, "\n  to {upstream}"))
            }
            Self::Forward(forwarding) => write!(f, "{forwarding}"),
        }
    }
}

impl Display for Forwarding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for upstream in &self.upstreams {
            writeln!(f, "  goes to {upstream}")?;
        }
        if let Some(mirror) = &self.mirror {
            writeln!(f, "  a copy goes to {mirror}")?;
        }
        write!(f, "    {} for {}", self.path, self.host)?;
        for (name, value) in &self.set_request_headers {
            write!(f, "\n    {name}: {value}")?;
        }
        for name in &self.remove_request_headers {
            write!(f, "\n    without {name}")?;
        }
        for (name, value) in &self.set_response_headers {
            write!(f, "\n  answered with {name}: {value}")?;
        }
        for name in &self.remove_response_headers {
            write!(f, "\n  answered without {name}")?;
        }
        Ok(())
    }
}

impl Display for Upstream {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.service)?;
        if self.weight != self.of {
            write!(f, ", {} of {}", self.weight, self.of)?;
        }
        if let Some(host) = &self.host {
            write!(f, ", for {host}")?;
        }
        self.set_request_headers
            .iter()
            .try_for_each(|(name, value)| write!(f, ", {name}: {value}"))
    }
}
