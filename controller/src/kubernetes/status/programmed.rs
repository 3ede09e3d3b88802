//! The condition `Programmed`: whether the Envoys have what an object comes to.
//!
//! It tells of the Envoys that are connected to the replica that writes statuses; all replicas serve the same.

use isoline_translator::Condition;
use serde_json::Value;

use crate::xds::Programmed;

pub(super) const KIND: &str = "Programmed";

/// As much as is said of a refusal.
const LONGEST: usize = 2048;

/// What is to be said; nothing if what is stored of that generation is still the best that is known.
pub(super) fn condition(programmed: &Programmed, generation: i64, stored: Option<&Value>) -> Option<Condition> {
    let Programmed {
        envoys,
        behind,
        resources,
        refusal,
    } = programmed;
    let is_of_generation = stored.is_some_and(|stored| stored["observedGeneration"] == generation);
    let (status, reason, message) = if *resources == 0 {
        let message = "No Envoy configuration comes of this object".to_owned();
        ("False", "NothingToServe", message)
    } else if let Some(refusal) = refusal {
        let words = &refusal[..refusal.floor_char_boundary(LONGEST)];
        (
            "False",
            "Refused",
            format!("Envoy refuses it, the last good version stays: {words}"),
        )
    } else if *envoys == 0 && is_of_generation {
        return None;
    } else if *envoys == 0 {
        let message = "No Envoy is connected to the replica that writes statuses".to_owned();
        ("Unknown", "NoEnvoyConnected", message)
    } else if *behind > 0 {
        let message = format!("{behind} of {envoys} connected Envoys have not acknowledged it yet");
        ("False", "Pending", message)
    } else {
        (
            "True",
            "Acknowledged",
            "Every connected Envoy has acknowledged it".to_owned(),
        )
    };
    Some(Condition {
        kind: KIND,
        status,
        reason,
        message,
        errors: Vec::new(),
        warnings: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_state_has_a_word() {
        let programmed = |envoys, behind, resources, refusal: Option<&str>| Programmed {
            envoys,
            behind,
            resources,
            refusal: refusal.map(str::to_owned),
        };
        let said = |programmed| condition(&programmed, 1, None).map(|it| (it.status, it.reason));
        assert_eq!(said(programmed(2, 0, 0, None)), Some(("False", "NothingToServe")));
        assert_eq!(said(programmed(2, 1, 1, None)), Some(("False", "Pending")));
        assert_eq!(said(programmed(2, 0, 1, None)), Some(("True", "Acknowledged")));
        assert_eq!(said(programmed(2, 1, 1, Some("no"))), Some(("False", "Refused")));
        assert_eq!(said(programmed(0, 0, 1, None)), Some(("Unknown", "NoEnvoyConnected")));
        let stored = json!({"observedGeneration": 1, "status": "True"});
        assert_eq!(condition(&programmed(0, 0, 1, None), 1, Some(&stored)), None);
        assert!(condition(&programmed(0, 0, 1, None), 2, Some(&stored)).is_some());
    }
}
