//! Who answers for an act. The rules are those by which the event was accepted ([`person`](crate::event::person)).

use crate::event::opener::OpenError;
use crate::event::private::{Actor, Private};
use crate::event::{Body, Opened, Opener, Record};
use crate::hash::Hash;
use crate::privacy::vault;

/// Who answers.
pub(super) enum Whose {
    /// The act needs nobody.
    Nobodys,
    /// A person does.
    Persons,
    /// The private part cannot be read here.
    NotReadable,
    /// The person was erased, or the time is over for which it was kept.
    Erased,
    /// Nobody does, for this reason.
    Unanswered(String),
}

/// Looks into a private part, where the audit needs it: for the person, and for the tenant of attempts and outcomes.
pub(super) fn look(
    record: &Record,
    private: &[u8],
    opener: Option<&Opener>,
) -> Result<(Whose, Option<Hash>), vault::Error> {
    let kind = record.kind();
    let overridden = match &record.body {
        Body::GenDeny(deny) => deny.overridden.is_some(),
        Body::Moderation(moderation) => moderation.overridden.is_some(),
        _ => false,
    };
    let needs_a_person = kind.needs_a_person() || overridden;
    let is_of_a_request = kind.is_outcome() || matches!(record.body, Body::GenAttempt(_));
    if !needs_a_person && !is_of_a_request {
        return Ok((Whose::Nobodys, None));
    }
    let locked = Opener::locked("");
    let unread = match opener.unwrap_or(&locked).open(record, private) {
        Ok(Opened::Fields(private)) => return Ok(said(record, &private, needs_a_person, is_of_a_request)),
        Ok(Opened::Erased | Opened::Expired) => Whose::Erased,
        Ok(Opened::Misplaced) => Whose::Unanswered(format!(
            "nobody answers for this {kind}: its private part was sealed for another record, or changed"
        )),
        Ok(Opened::Locked | Opened::OtherVault(_)) | Err(OpenError::Form(_)) => Whose::NotReadable,
        Err(OpenError::Vault(error)) => return Err(error),
    };
    Ok((if needs_a_person { unread } else { Whose::Nobodys }, None))
}

fn said(record: &Record, private: &Private, needs_a_person: bool, is_of_a_request: bool) -> (Whose, Option<Hash>) {
    let kind = record.kind();
    let tenant = private.fields.get("tenant").and_then(serde_json::Value::as_str);
    let tenant = tenant.filter(|_| is_of_a_request).map(|tenant| Hash::of(tenant.as_bytes()));
    if !needs_a_person {
        return (Whose::Nobodys, tenant);
    }
    let whose = match private.fields.get("actor").map(|actor| serde_json::from_value::<Actor>(actor.clone())) {
        None => Whose::Unanswered(format!("nobody answers for this {kind}: it names no actor")),
        Some(Err(error)) => {
            Whose::Unanswered(format!("nobody answers for this {kind}: its actor cannot be read ({error})"))
        }
        // The refusal's own sentence names the account and tells the sender what to do; here neither is of use.
        Some(Ok(actor)) => match actor.answers_for(kind) {
            Ok(()) => Whose::Persons,
            Err(crate::event::Error::NotAPerson { why, .. }) => {
                Whose::Unanswered(format!("nobody answers for this {kind}: its actor is not a person ({why})"))
            }
            Err(error) => Whose::Unanswered(error.to_string()),
        },
    };
    (whose, tenant)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::edge::{Clock, Edge, Moment};
    use crate::event::{Event, Place};

    /// A record as the log accepts it.
    fn record() -> Record {
        let event = json!({"type": "INCIDENT", "severity": "info", "category": "drill", "actor": {"subject": "emp-7", "auth": "oidc"},
            "system": {"name": "studio", "version": "1"}});
        let event = Event::parse(event.to_string().as_bytes()).expect("an event");
        let moment =
            Moment { time: jiff::Timestamp::UNIX_EPOCH, clock: Clock { synchronised: true, max_error_us: None } };
        let edge = Edge { now: &|| moment, random: &|bytes| bytes.fill(7) };
        let place = Place { origin: "log", seq: 1, prev: Hash::of(b""), moment, publish: &[] };
        Record::from_bytes(&event.seal(&place, edge).expect("sealed").record).expect("a record")
    }

    /// What is said of that record with these private fields, as another program could have stored them.
    fn said(fields: &serde_json::Value) -> String {
        let seed = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
        let private = json!({"fields": fields, "form": "plain", "seed": seed});
        match look(&record(), private.to_string().as_bytes(), None).expect("no vault fails").0 {
            Whose::Unanswered(why) => why,
            Whose::Persons => "a person".to_owned(),
            Whose::Nobodys => "nobody is needed".to_owned(),
            Whose::NotReadable => "not readable".to_owned(),
            Whose::Erased => "erased".to_owned(),
        }
    }

    #[test]
    fn an_act_needs_a_person_and_a_service_is_none() {
        assert_eq!(said(&json!({"actor": {"subject": "emp-7", "auth": "oidc"}})), "a person");
        let service = said(&json!({"actor": {"subject": "svc-studio", "auth": "oidc"}}));
        assert!(service.contains("is not a person (named like a service account)"), "{service}");
        assert!(!service.contains("svc-studio"), "nobody is named in a finding: {service}");
        assert!(said(&json!({})).contains("it names no actor"));
        assert!(said(&json!({"actor": 7})).contains("its actor cannot be read"));
    }

    #[test]
    fn a_private_part_that_is_sealed_or_erased_is_neither_good_nor_bad() {
        for sealed in ["{\"form\":\"sealed\",\"box\":\"AAAA\"}", "null", ""] {
            let looked = look(&record(), sealed.as_bytes(), None).expect("no vault fails");
            assert!(matches!(looked.0, Whose::NotReadable), "{sealed}");
        }
    }
}
