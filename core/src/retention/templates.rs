//! Retention classes to begin with. Each says where its period comes from; none of it is legal advice.

use crate::event::classes::{Class, Period};

/// A class to copy into the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: &'static str,
    /// How long.
    pub period: &'static str,
    /// Where that stands.
    pub source: &'static str,
    /// What it says there, in short.
    pub says: &'static str,
}

/// All of them.
pub const TEMPLATES: [Template; 3] = [
    Template {
        name: "eu-ai-act",
        period: "6 months",
        source: "Regulation (EU) 2024/1689 (AI Act), Articles 19(1) and 26(6)",
        says: "providers and deployers of high-risk AI systems keep the logs for at least six months, unless other law says otherwise",
    },
    Template {
        name: "hipaa",
        period: "6 years",
        source: "45 CFR 164.316(b)(2)(i)",
        says: "documentation under the HIPAA Security Rule is kept for six years from when it was made or was last in effect",
    },
    Template {
        name: "sox",
        period: "7 years",
        source: "17 CFR 210.2-06",
        says: "accountants keep records of an audit or review for seven years after it is concluded (Sarbanes-Oxley Act, section 802)",
    },
];

impl Template {
    /// As it stands in `touchmark.toml`.
    pub fn to_toml(&self) -> String {
        let Self { name, period, source, says } = self;
        format!(
            "# {source}:\n# {says}.\n# Not legal advice.\n[[retention]]\nname = \"{name}\"\nperiod = \"{period}\"\n"
        )
    }

    /// As a rule for everything.
    pub fn to_class(&self) -> Option<Class> {
        let period: Period = self.period.parse().ok()?;
        Some(Class { name: self.name.to_owned(), period, types: Vec::new(), tenants: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Classes;

    #[test]
    fn each_template_is_a_rule_as_it_stands() {
        #[derive(serde::Deserialize)]
        struct Config {
            retention: Vec<Class>,
        }
        let text: String = TEMPLATES.iter().map(Template::to_toml).collect();
        let read: Config = toml::from_str(&text).expect("a configuration");
        let rules: Vec<Class> = TEMPLATES.iter().filter_map(Template::to_class).collect();
        assert_eq!(read.retention, rules);
        assert_eq!(
            Classes::new(rules).expect("rules").period("sox").map(|period| period.to_string()).as_deref(),
            Some("7 years")
        );
        assert!(TEMPLATES.iter().all(|template| template.to_toml().contains("Not legal advice.")));
    }
}
