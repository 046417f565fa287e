//! A list of trusted entities in the JSON form of ETSI TS 119 602, as far as it says whom to trust and since when.
//!
//! ```text
//! {"LoTE": {"ListAndSchemeInformation": {"SchemeName", "ListIssueDateTime", "NextUpdate", …},
//!           "TrustedEntitiesList": [{"TrustedEntityInformation": {"TEName"},
//!             "TrustedEntityServices": [{"ServiceInformation": {"ServiceDigitalIdentity": {"X509Certificates": [{"val"}]},
//!               "ServiceStatus", "StatusStartingTime"}, "ServiceHistory": […]}]}]}}
//! ```
//! A service whose status is another than "trusted" counts only for the time for which its history says that it was. Nothing in the list is
//! signed: who hands it over vouches for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Anchor, CLAIM_SIGNING, Error, For, List};
use crate::keys::certificate::Authority;

/// The status of whom C2PA trusts.
const TRUSTED: &str = "http://c2pa.org/conformance/trust-list/trusted";

/// The names of the two lists that C2PA publishes.
const C2PA_LISTS: [(&str, For); 2] = [("C2PA Trust List", For::Signers), ("C2PA TSA Trust List", For::Timestamps)];

/// Longer names are cut.
const LONGEST_NAME: usize = 200;

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "LoTE")]
    list: Lote,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Lote {
    list_and_scheme_information: Scheme,
    trusted_entities_list: Vec<Entity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Scheme {
    #[serde(rename = "SchemeName")]
    names: Vec<Text>,
    #[serde(with = "super::when")]
    list_issue_date_time: Timestamp,
    #[serde(default, with = "super::when::maybe")]
    next_update: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Text {
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entity {
    trusted_entity_information: EntityInformation,
    trusted_entity_services: Vec<Service>,
}

#[derive(Deserialize)]
struct EntityInformation {
    #[serde(rename = "TEName")]
    name: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Service {
    service_information: ServiceInformation,
    #[serde(default)]
    service_history: Vec<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceInformation {
    service_digital_identity: Identity,
    #[serde(flatten)]
    status: Status,
}

#[derive(Deserialize)]
struct Identity {
    #[serde(rename = "X509Certificates")]
    certificates: Vec<Encoded>,
}

#[derive(Deserialize)]
struct Encoded {
    val: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    #[serde(rename = "ServiceStatus")]
    called: String,
    #[serde(with = "super::when")]
    status_starting_time: Timestamp,
}

pub(super) fn read(name: &str, text: &str, of: Option<For>) -> Result<List, Error> {
    let document: Document = serde_json::from_str(text).map_err(|error| Error::broken(name, error.to_string()))?;
    let scheme = document.list.list_and_scheme_information;
    let called = scheme.names.first().map(|name| cut(&name.value)).unwrap_or_default();
    let known = C2PA_LISTS.iter().find(|(known, _)| *known == called).map(|(_, of)| *of);
    let Some(of) = of.or(known) else {
        let problem =
            format!("it calls itself {called:?}, which does not say whether it is of signers or of time-stamps");
        return Err(Error::broken(name, problem));
    };
    if let Some(known) = known.filter(|known| *known != of) {
        let problem = format!("it is C2PA's list of {}, and was given as one of {}", known.as_str(), of.as_str());
        return Err(Error::broken(name, problem));
    }
    let mut anchors = Vec::new();
    for entity in document.list.trusted_entities_list {
        let called = entity.trusted_entity_information.name.first().map(|name| cut(&name.value));
        for service in entity.trusted_entity_services {
            for certificate in &service.service_information.service_digital_identity.certificates {
                let whose = called.as_deref().unwrap_or("somebody who is not named");
                let authority = authority(&certificate.val)
                    .ok_or_else(|| Error::broken(name, format!("a certificate of {whose:?} cannot be read")))?;
                // C2PA's list holds for its own purpose alone.
                let purposes = (known == Some(For::Signers)).then(|| vec![CLAIM_SIGNING.to_owned()]);
                let (since, until) = in_force(&service);
                let status = &service.service_information.status.called;
                let status = (status != TRUSTED).then(|| cut(status));
                anchors.push(Anchor { authority, entity: called.clone(), since, until, status, purposes });
            }
        }
    }
    Ok(List { name: called, of, issued: Some(scheme.list_issue_date_time), next_update: scheme.next_update, anchors })
}

/// From when, and until when. A service that was never trusted is so from the end of time.
fn in_force(service: &Service) -> (Option<Timestamp>, Option<Timestamp>) {
    let now = &service.service_information.status;
    if now.called == TRUSTED {
        return (Some(now.status_starting_time), None);
    }
    let before = service.service_history.iter().filter(|one| one.called == TRUSTED);
    let since = before.map(|one| one.status_starting_time).max();
    // What came after the last time that it was trusted ended that.
    let ends = service.service_history.iter().chain([now]).filter(|one| one.called != TRUSTED);
    let until = ends.map(|one| one.status_starting_time).filter(|end| since.is_none_or(|since| *end > since)).min();
    (Some(since.unwrap_or(Timestamp::MAX)), until)
}

fn authority(text: &str) -> Option<Authority> {
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    Authority::from_der(STANDARD.decode(text).ok()?).ok()
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST_NAME).collect()
}
