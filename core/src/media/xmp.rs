//! The XMP packet as text: reading one simple property and putting simple properties into it.
//!
//! A packet is RDF in XML (ISO 16684-1). Every `rdf:Description` directly under `rdf:RDF` speaks of the same file, so a
//! property is looked for in all of them, as an attribute and as an element. What is not one of the properties is kept
//! byte for byte. Document types and entities of their own are refused.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod attributes;
mod scan;

use quick_xml::escape::partial_escape;

use super::Error;
use scan::{Place, Scan};

/// The namespace of the IPTC Extension schema.
pub const IPTC_EXT: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
/// The namespace of China's implicit label (TC260-PG-20259A).
pub const TC260: &str = "http://www.tc260.org.cn/ns/AIGC/1.0/";

/// A property with one text as its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property<'a> {
    /// The namespace name.
    pub namespace: &'a str,
    /// The prefix to write; readers go by the namespace.
    pub prefix: &'a str,
    /// The name without prefix.
    pub name: &'a str,
    /// The value as plain text, not escaped.
    pub value: &'a str,
}

impl<'a> Property<'a> {
    /// `Iptc4xmpExt:DigitalSourceType`: a URI of the IPTC `digitalsourcetype` list.
    pub const fn digital_source_type(value: &'a str) -> Self {
        Self::iptc("DigitalSourceType", value)
    }

    /// `Iptc4xmpExt:AISystemUsed`: the name of the system (IPTC 2025.1).
    pub const fn ai_system_used(value: &'a str) -> Self {
        Self::iptc("AISystemUsed", value)
    }

    /// `Iptc4xmpExt:AISystemVersionUsed`: its version (IPTC 2025.1).
    pub const fn ai_system_version_used(value: &'a str) -> Self {
        Self::iptc("AISystemVersionUsed", value)
    }

    /// `TC260:AIGC`: the JSON text of GB 45438-2025, annex E.
    pub const fn aigc(value: &'a str) -> Self {
        Self { namespace: TC260, prefix: "TC260", name: "AIGC", value }
    }

    const fn iptc(name: &'a str, value: &'a str) -> Self {
        Self { namespace: IPTC_EXT, prefix: "Iptc4xmpExt", name, value }
    }

    fn check(&self) -> Result<(), Error> {
        let ncname = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        };
        let problem = if !ncname(self.name) || !ncname(self.prefix) || self.prefix.starts_with("xml") {
            "its name or prefix is no XML name in ASCII"
        } else if self.namespace.is_empty() || self.namespace.contains(|c: char| c.is_control() || "<>&\"".contains(c))
        {
            "its namespace is empty or holds a character that must be escaped"
        } else if self.value.chars().any(|c| !allowed(c)) {
            "its value holds a character that XML does not allow"
        } else {
            return Ok(());
        };
        Err(Error::Property { name: self.name.chars().take(80).collect(), problem })
    }
}

/// The packet with these properties: each replaces what stood there for it, attribute or element, in whatever form.
///
/// Without a packet (or with a blank one) a new one is made, in an `xpacket` wrapper. The result is stable: merging the
/// same properties again gives the same bytes. Of two properties with one name, the later counts.
pub fn merge(existing: Option<&str>, properties: &[Property<'_>]) -> Result<String, Error> {
    for property in properties {
        property.check()?;
    }
    let same = |a: &Property<'_>, b: &Property<'_>| (a.namespace, a.name) == (b.namespace, b.name);
    let later = |index: usize| properties.get(index.saturating_add(1)..).unwrap_or_default();
    let properties: Vec<_> = properties
        .iter()
        .enumerate()
        .filter(|&(index, property)| !later(index).iter().any(|other| same(property, other)))
        .map(|(_, property)| *property)
        .collect();
    match existing.filter(|packet| !packet.trim_matches(['\u{FEFF}', ' ', '\t', '\r', '\n', '\0']).is_empty()) {
        Some(packet) => edit(packet, &properties),
        None => Ok(new_packet(&properties)),
    }
}

/// The simple text value of a property; `Ok(None)` when it is absent or structured.
pub fn value(packet: &str, namespace: &str, name: &str) -> Result<Option<String>, Error> {
    let wanted = Property { namespace, prefix: "", name, value: "" };
    Ok(Scan::of(packet, &[wanted])?.value)
}

fn edit(whole: &str, properties: &[Property<'_>]) -> Result<String, Error> {
    // The XML reader does not count a byte order mark.
    let packet = whole.trim_start_matches('\u{FEFF}');
    let scan = Scan::of(packet, properties)?;
    let unbound = |property: &&Property<'_>| {
        !scan.bindings.iter().any(|(prefix, namespace)| prefix == property.prefix && namespace == property.namespace)
    };
    let mut elements = String::new();
    for property in properties {
        elements.push_str("\n   ");
        elements.push_str(&element(property, unbound(&property)));
    }
    let (at, text) = match scan.place {
        _ if properties.is_empty() => (packet.len()..packet.len(), String::new()),
        Place::Inside { at } => (at..at, elements),
        Place::EmptyDescription { slash, name } => (slash, format!(">{elements}\n  </{name}>")),
        Place::Graph { at, prefix } => {
            let name = format!("{prefix}Description");
            (at..at, format!("\n  <{name} {prefix}about=\"\">{elements}\n  </{name}>"))
        }
        Place::EmptyGraph { slash, name, prefix } => {
            let description = format!("{prefix}Description");
            let inner = format!("\n  <{description} {prefix}about=\"\">{elements}\n  </{description}>");
            (slash, format!(">{inner}\n </{name}>"))
        }
    };
    let mut edits: Vec<_> = scan.old.into_iter().map(|range| (range, "")).collect();
    edits.push((at, text.as_str()));
    edits.sort_by_key(|(range, text)| (range.start, range.end, text.len()));
    let mut merged = String::with_capacity(whole.len().saturating_add(text.len()));
    merged.push_str(whole.strip_suffix(packet).unwrap_or_default());
    let mut done = 0;
    for (range, text) in &edits {
        merged.push_str(packet.get(done..range.start).unwrap_or_default());
        merged.push_str(text);
        done = range.end;
    }
    merged.push_str(packet.get(done..).unwrap_or_default());
    Ok(merged)
}

fn element(property: &Property<'_>, declare: bool) -> String {
    let Property { namespace, prefix, name, value } = property;
    let declaration = if declare { format!(" xmlns:{prefix}=\"{namespace}\"") } else { String::new() };
    // A bare carriage return would be read back as a line feed.
    let value = partial_escape(*value).replace('\r', "&#13;");
    format!("<{prefix}:{name}{declaration}>{value}</{prefix}:{name}>")
}

fn new_packet(properties: &[Property<'_>]) -> String {
    let (mut declarations, mut elements) = (String::new(), String::new());
    let mut bound: Vec<(&str, &str)> = Vec::new();
    for property in properties {
        let Property { namespace, prefix, .. } = *property;
        if !bound.iter().any(|(known, _)| *known == prefix) {
            bound.push((prefix, namespace));
            declarations.extend(["\n    xmlns:", prefix, "=\"", namespace, "\""]);
        }
        let declare = !bound.contains(&(prefix, namespace));
        elements.extend(["\n   ", element(property, declare).as_str()]);
    }
    // The id is the fixed one of the XMP specification, part 1, section 7.3.2.
    format!(
        "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n \
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n  \
         <rdf:Description rdf:about=\"\"{declarations}>{elements}\n  </rdf:Description>\n \
         </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"w\"?>"
    )
}

/// The characters of XML 1.0, section 2.2.
fn allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests;
