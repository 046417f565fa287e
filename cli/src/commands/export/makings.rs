//! What is told of how the images were made.

use std::path::Path;

use touchmark_core::event::private::Actor;
use touchmark_core::event::{Body, Event};
use touchmark_core::export::Making;
use uuid::Uuid;

use crate::args::Export;
use crate::error::{Failure, Outcome};
use crate::inputs;

pub(super) enum Makings {
    /// A record in the log, of each of them.
    Record(Uuid),
    /// One event for all.
    One(Box<Event>),
    /// One event an image, in their order.
    Each(Vec<Event>),
    /// Nothing: the files tell themselves.
    Files,
}

impl Makings {
    pub(super) fn read(args: &Export, images: usize, person: Option<&Actor>) -> Outcome<Self> {
        if let Some(id) = args.gen_record {
            return Ok(Self::Record(id));
        }
        let Some(path) = args.event.as_ref().or(args.events.as_ref()) else { return Ok(Self::Files) };
        let mut events = inputs::events(path, person)?;
        if let Some(other) = events.iter().find(|event| !matches!(event.body, Body::Gen(_))) {
            return Err(
                format!("{}: an export needs a GEN event, this is a {}", path.display(), other.body.kind()).into()
            );
        }
        if args.events.is_some() {
            return if events.len() == images {
                Ok(Self::Each(events))
            } else {
                Err(other_number(path, &events, images))
            };
        }
        match (events.pop(), events.len()) {
            (Some(event), 0) => Ok(Self::One(Box::new(event))),
            (_, rest) => Err(Failure::from(format!("{} has {} events", path.display(), rest + 1))
                .hint("use --events for one event an image")),
        }
    }

    /// What is told of the image at this place.
    pub(super) fn of(&self, place: usize) -> Making {
        let event = |event: &Event| Making::Event(Box::new(event.clone()));
        match self {
            Self::Record(id) => Making::Record(*id),
            Self::One(one) => event(one),
            Self::Each(events) => events.get(place).map_or(Making::File, event),
            Self::Files => Making::File,
        }
    }
}

fn other_number(path: &Path, events: &[Event], images: usize) -> Failure {
    let error = Failure::from(format!("{} has {} events for {images} images", path.display(), events.len()));
    error.hint("give one event a line, in the order of the images; or --event with one event for all")
}
