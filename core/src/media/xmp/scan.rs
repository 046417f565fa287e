//! One pass over a packet: where the properties stand now, and where new ones go.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ops::Range;

use quick_xml::NsReader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{PrefixDeclaration, QName, ResolveResult};

use super::Property;
use super::attributes::Attributes;
use crate::media::Error;

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// The most elements inside one another, and attributes of one element.
const MAX_DEPTH: usize = 1000;
const MAX_ATTRIBUTES: usize = 1000;

const ENTITY: &str = "it uses an entity of its own";

/// Where new elements go.
#[derive(Debug)]
pub(super) enum Place {
    /// At the front of the first description.
    Inside { at: usize },
    /// The first description has no content: `slash` is its `/>`.
    EmptyDescription { slash: Range<usize>, name: String },
    /// There is no description: at the front of `rdf:RDF`. `prefix` is that of RDF, with its colon.
    Graph { at: usize, prefix: String },
    /// There is nothing in `rdf:RDF` at all.
    EmptyGraph { slash: Range<usize>, name: String, prefix: String },
}

/// What one pass over a packet finds.
#[derive(Debug)]
pub(super) struct Scan {
    pub(super) place: Place,
    /// The places of the properties now, each with the white space in front of it.
    pub(super) old: Vec<Range<usize>>,
    /// Prefixes and namespaces that hold in that place.
    pub(super) bindings: Vec<(String, String)>,
    /// The first simple value of one of the properties.
    pub(super) value: Option<String>,
}

impl Scan {
    pub(super) fn of(packet: &str, wanted: &[Property<'_>]) -> Result<Self, Error> {
        Scanner {
            packet,
            wanted,
            reader: NsReader::from_str(packet),
            depth: 0,
            graph: None,
            description: None,
            property: None,
            place: None,
            old: Vec::new(),
            bindings: Vec::new(),
            value: None,
        }
        .run()
    }
}

#[derive(Debug)]
struct Scanner<'a> {
    packet: &'a str,
    wanted: &'a [Property<'a>],
    reader: NsReader<&'a [u8]>,
    /// Open elements.
    depth: usize,
    /// The depth of `rdf:RDF` and of a description in it, while the walk is there.
    graph: Option<usize>,
    description: Option<usize>,
    property: Option<Open>,
    place: Option<Place>,
    old: Vec<Range<usize>>,
    bindings: Vec<(String, String)>,
    value: Option<String>,
}

/// A wanted property, while the walk is in it.
#[derive(Debug)]
struct Open {
    start: usize,
    depth: usize,
    /// Its text, while that is simple.
    text: Option<String>,
}

impl Scanner<'_> {
    fn run(mut self) -> Result<Scan, Error> {
        loop {
            let start = self.position();
            let event = self.reader.read_event().map_err(|_| problem(start, "it is not well-formed XML"))?;
            let range = start..self.position();
            match event {
                Event::Start(tag) => self.open(&tag, &range, false)?,
                Event::Empty(tag) => {
                    self.open(&tag, &range, true)?;
                    self.close(range.end);
                }
                Event::End(_) => self.close(range.end),
                Event::Text(text) => self.text(&lossy(&text)),
                Event::CData(text) => self.text(&lossy(&text)),
                Event::GeneralRef(name) => {
                    let reference = format!("&{};", lossy(&name));
                    self.text(&unescape(&reference).map_err(|_| problem(start, ENTITY))?);
                }
                Event::DocType(_) => {
                    return Err(problem(start, "it has a document type declaration"));
                }
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
                Event::Eof => break,
            }
        }
        let end = self.packet.len();
        if self.depth != 0 {
            return Err(problem(end, "it ends inside of an element"));
        }
        let place = self.place.ok_or_else(|| problem(end, "it has no rdf:RDF element"))?;
        Ok(Scan { place, old: self.old, bindings: self.bindings, value: self.value })
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn open(&mut self, tag: &BytesStart<'_>, range: &Range<usize>, empty: bool) -> Result<(), Error> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            return Err(problem(range.start, "its elements are nested too deeply"));
        }
        check_attributes(tag, range.start)?;
        if let Some(property) = &mut self.property {
            property.text = None;
            return Ok(());
        }
        let parent = self.depth.checked_sub(1);
        if self.place.is_none() && self.depth <= 2 && self.is_rdf(tag, b"RDF") {
            self.graph = Some(self.depth);
            let prefix = tag.name().prefix().map(|prefix| format!("{}:", lossy(prefix.into_inner())));
            let (prefix, name) = (prefix.unwrap_or_default(), lossy(tag.name().into_inner()));
            self.set_place(if empty {
                Place::EmptyGraph { slash: slash(range), name, prefix }
            } else {
                Place::Graph { at: range.end, prefix }
            });
        } else if self.graph.is_some() && self.graph == parent && self.is_rdf(tag, b"Description") {
            self.description = Some(self.depth);
            if matches!(self.place, Some(Place::Graph { .. })) {
                let name = lossy(tag.name().into_inner());
                self.set_place(if empty {
                    Place::EmptyDescription { slash: slash(range), name }
                } else {
                    Place::Inside { at: range.end }
                });
            }
            self.find_attributes(range)?;
        } else if self.description.is_some() && self.description == parent {
            let (namespace, name) = self.reader.resolver().resolve_element(tag.name());
            if self.is_wanted(&namespace, name.into_inner()) {
                let text = Some(self.resource(tag)?.unwrap_or_default());
                self.property = Some(Open { start: range.start, depth: self.depth, text });
            }
        }
        Ok(())
    }

    fn close(&mut self, end: usize) {
        let closed = Some(self.depth);
        self.depth = self.depth.saturating_sub(1);
        if let Some(property) = self.property.take_if(|property| Some(property.depth) == closed) {
            self.old.push(white_space_before(self.packet, property.start)..end);
            self.value = self.value.take().or(property.text);
        } else if self.description == closed {
            self.description = None;
        } else if self.graph == closed {
            self.graph = None;
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(sum) = self.property.as_mut().and_then(|property| property.text.as_mut()) {
            sum.push_str(text);
        }
    }

    fn set_place(&mut self, place: Place) {
        let name = |prefix: PrefixDeclaration<'_>| match prefix {
            PrefixDeclaration::Default => String::new(),
            PrefixDeclaration::Named(name) => lossy(name),
        };
        let bindings = self.reader.resolver().bindings();
        self.bindings = bindings.map(|(prefix, namespace)| (name(prefix), lossy(namespace.into_inner()))).collect();
        self.place = Some(place);
    }

    /// Notes the wanted properties that a description has as attributes.
    fn find_attributes(&mut self, tag: &Range<usize>) -> Result<(), Error> {
        let packet = self.packet;
        for attribute in Attributes::of(packet, tag) {
            let (namespace, name) = self.reader.resolver().resolve_attribute(QName(attribute.name.as_bytes()));
            if self.is_wanted(&namespace, name.into_inner()) {
                let value = unescape(attribute.value).map_err(|_| problem(attribute.range.start, ENTITY))?;
                self.value.get_or_insert_with(|| value.into_owned());
                self.old.push(attribute.range);
            }
        }
        Ok(())
    }

    /// The value of a property element that is a URI in `rdf:resource`.
    fn resource(&self, tag: &BytesStart<'_>) -> Result<Option<String>, Error> {
        for attribute in tag.attributes().flatten() {
            let (namespace, name) = self.reader.resolver().resolve_attribute(attribute.key);
            if is(&namespace, RDF) && name.into_inner() == b"resource" {
                let value = lossy(&attribute.value);
                return unescape(&value)
                    .map(|uri| Some(uri.into_owned()))
                    .map_err(|_| problem(self.position(), ENTITY));
            }
        }
        Ok(None)
    }

    fn is_rdf(&self, tag: &BytesStart<'_>, wanted: &[u8]) -> bool {
        let (namespace, name) = self.reader.resolver().resolve_element(tag.name());
        is(&namespace, RDF) && name.into_inner() == wanted
    }

    fn is_wanted(&self, namespace: &ResolveResult<'_>, name: &[u8]) -> bool {
        self.wanted.iter().any(|property| is(namespace, property.namespace) && property.name.as_bytes() == name)
    }
}

fn check_attributes(tag: &BytesStart<'_>, at: usize) -> Result<(), Error> {
    for (index, attribute) in tag.attributes().enumerate() {
        let attribute = attribute.map_err(|_| problem(at, "an element has a malformed attribute"))?;
        unescape(&lossy(&attribute.value)).map_err(|_| problem(at, ENTITY))?;
        if index >= MAX_ATTRIBUTES {
            return Err(problem(at, "an element has too many attributes"));
        }
    }
    Ok(())
}

fn white_space_before(packet: &str, at: usize) -> usize {
    packet.get(..at).map_or(at, |before| before.trim_ascii_end().len())
}

/// The last two bytes of an empty tag.
fn slash(tag: &Range<usize>) -> Range<usize> {
    tag.end.saturating_sub(2)..tag.end
}

fn is(found: &ResolveResult<'_>, wanted: &str) -> bool {
    matches!(found, ResolveResult::Bound(namespace) if namespace.into_inner() == wanted.as_bytes())
}

/// Names and texts come out of a `str`, so nothing is lost.
fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

fn problem(offset: usize, problem: &'static str) -> Error {
    Error::Xmp { offset, problem }
}
