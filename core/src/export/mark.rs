//! Marks in the file's metadata, written before it is signed: IPTC fields, and on request the field of GB 45438.

use crate::manifest::facts::TRAINED_ALGORITHMIC_MEDIA;
use crate::media::xmp::{self, Property};
use crate::media::{self, MediaType, Pieces};

use super::Error;

/// Which marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// IPTC `DigitalSourceType`, `AISystemUsed`, `AISystemVersionUsed` in XMP.
    pub iptc: bool,
    /// GB 45438-2025, annex E: `TC260:AIGC` in XMP.
    pub cn: bool,
}

impl Default for Marks {
    fn default() -> Self {
        Self { iptc: true, cn: false }
    }
}

/// What the marks say.
#[derive(Debug)]
pub(super) struct Said<'a> {
    pub(super) system: &'a str,
    pub(super) version: &'a str,
    pub(super) producer: &'a str,
    pub(super) id: &'a str,
}

/// Whether the marks can be written into files of this type.
pub(super) const fn can_mark(media_type: MediaType) -> bool {
    matches!(media_type, MediaType::Jpeg | MediaType::Png | MediaType::Webp)
}

/// The image with its marks; `None` where there is nothing to change.
pub(super) fn write<'a>(
    image: &'a [u8],
    media_type: MediaType,
    marks: Marks,
    said: &Said<'_>,
) -> Result<Option<Pieces<'a>>, Error> {
    if !can_mark(media_type) || (!marks.iptc && !marks.cn) {
        return Ok(None);
    }
    let mut properties = Vec::new();
    if marks.iptc {
        properties.push(Property::digital_source_type(TRAINED_ALGORITHMIC_MEDIA));
        properties.push(Property::ai_system_used(said.system));
        properties.push(Property::ai_system_version_used(said.version));
    }
    let aigc = aigc(said);
    if marks.cn {
        properties.push(Property::aigc(&aigc));
    }
    let existing = media::read_xmp(image, media_type)?;
    let packet = xmp::merge(existing.as_deref(), &properties)?;
    media::with_xmp(image, media_type, &packet).map(Some).map_err(Into::into)
}

/// The seven keys in the order of annex E. Label 1: "is generated". First writing: the propagator is the producer.
fn aigc(said: &Said<'_>) -> String {
    let (producer, id) = (serde_json::json!(said.producer), serde_json::json!(said.id));
    format!(
        r#"{{"Label":"1","ContentProducer":{producer},"ProduceID":{id},"ReservedCode1":"","ContentPropagator":{producer},"PropagateID":{id},"ReservedCode2":""}}"#
    )
}
