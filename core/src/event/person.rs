//! Who acted, and whether a natural person answers for it.
//!
//! A record must lead to somebody who can be asked. The identity provider's word is taken for who that is; accounts that clouds and
//! identity providers name as services are recognised by that name and refused, unless they say for whom they act.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Error, Kind};

/// Who acted. Its Debug form leaves the person out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"subject\": …, \"auth\": …}")]
pub struct Actor {
    /// The identity provider's stable subject (not a name or an address, if it can be helped).
    pub subject: String,
    /// How they were authenticated: `oidc`, `saml`, `passkey`, `os-user`, …
    pub auth: String,
    /// In which role. Public in the record, so it must not be one that only a single person has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// `person` or `service`. An account that is named like a service is taken for one even where this says `person`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ActorKind>,
    /// The person for whom a service acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<Person>,
}

/// What sort of actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// A natural person.
    Person,
    /// A service account.
    Service,
}

/// A natural person. The Debug form leaves them out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object, {\"subject\": …, \"auth\": …}")]
pub struct Person {
    /// The identity provider's stable subject.
    pub subject: String,
    /// How they were authenticated.
    pub auth: String,
}

impl Actor {
    /// A person, authenticated as `auth`.
    pub fn person(subject: impl Into<String>, auth: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            auth: auth.into(),
            role: None,
            kind: Some(ActorKind::Person),
            on_behalf_of: None,
        }
    }

    /// Whether an authenticated natural person answers for the act.
    pub fn answers_for(&self, kind: Kind) -> Result<(), Error> {
        let refuse =
            |subject: &str, why| Err(Error::NotAPerson { kind, subject: subject.chars().take(80).collect(), why });
        if let Some(person) = &self.on_behalf_of {
            return match not_a_person(&person.subject, &person.auth) {
                Some(why) => refuse(&person.subject, why),
                None => Ok(()),
            };
        }
        match (self.kind, not_a_person(&self.subject, &self.auth)) {
            (Some(ActorKind::Service), _) => refuse(&self.subject, "a service account"),
            (_, Some(why)) => refuse(&self.subject, why),
            (_, None) => Ok(()),
        }
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actor").field("auth", &self.auth).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("auth", &self.auth).finish_non_exhaustive()
    }
}

/// Why this account is not an authenticated person, if it is not: by what identity providers and clouds call service accounts.
fn not_a_person(subject: &str, auth: &str) -> Option<&'static str> {
    const AUTH_OF_NOBODY: [&str; 5] = ["", "anonymous", "none", "unauthenticated", "unknown"];
    const AUTH_OF_SERVICES: [&str; 4] = ["client-credentials", "m2m", "service-account", "workload-identity"];
    const NOBODY: [&str; 8] = ["anonymous", "automation", "bot", "daemon", "nobody", "service", "system", "unknown"];
    const PREFIXES: [&str; 10] = [
        "arn:aws:sts::",
        "bot-",
        "nt authority\\",
        "nt service\\",
        "service-",
        "serviceaccount:",
        "spiffe://",
        "svc-",
        "svc_",
        "system:",
    ];
    const SUFFIXES: [&str; 3] = ["$", ".gserviceaccount.com", "[bot]"];
    let (subject, auth) = (subject.trim().to_lowercase(), auth.trim().to_lowercase().replace([' ', '_'], "-"));
    if subject.is_empty() {
        Some("an empty subject")
    } else if AUTH_OF_NOBODY.contains(&auth.as_str()) {
        Some("not authenticated")
    } else if AUTH_OF_SERVICES.contains(&auth.as_str()) {
        Some("authenticated as a service")
    } else if NOBODY.contains(&subject.as_str()) {
        Some("nobody in particular")
    } else if PREFIXES.iter().any(|p| subject.starts_with(p)) || SUFFIXES.iter().any(|s| subject.ends_with(s)) {
        Some("named like a service account")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_answers_for_nothing_and_a_person_behind_it_does() {
        for (subject, auth) in [
            ("svc-render", "oidc"),
            ("SVC_Render", "oidc"),
            ("render@project.iam.gserviceaccount.com", "oidc"),
            ("system:serviceaccount:images:render", "oidc"),
            ("dependabot[bot]", "oidc"),
            ("STUDIO\\render$", "kerberos"),
            ("system", "oidc"),
            ("emp-7", "client credentials"),
            ("emp-7", "Client_Credentials"),
            ("emp-7", " none "),
            (" ", "oidc"),
        ] {
            let mut actor = Actor::person(subject, auth);
            let message = actor.answers_for(Kind::Gen).expect_err(subject).to_string();
            assert!(message.contains("actor.on_behalf_of"), "{message}");
            actor.on_behalf_of = Some(Person { subject: "emp-7".to_owned(), auth: "oidc".to_owned() });
            actor.answers_for(Kind::Gen).expect("a person is named");
            actor.on_behalf_of = Some(Person { subject: subject.to_owned(), auth: auth.to_owned() });
            assert!(actor.answers_for(Kind::Gen).is_err(), "{subject} on behalf of itself");
        }
    }

    #[test]
    fn people_with_unlucky_names_are_people() {
        for subject in
            ["emp-1042", "bothilda", "servicia.perez", "systema@example.com", "a3f1c9e0-0000-4000-8000-000000000000"]
        {
            Actor::person(subject, "oidc").answers_for(Kind::Gen).expect(subject);
        }
    }

    #[test]
    fn printing_shows_nobody() {
        let mut actor = Actor::person("emp-1042", "oidc");
        actor.on_behalf_of = Some(Person { subject: "emp-7".to_owned(), auth: "oidc".to_owned() });
        assert!(!format!("{actor:?} {:?}", actor.on_behalf_of).contains("emp-"));
    }
}
