//! The `OpenAPI` document.

use utoipa::openapi::OpenApi as Openapi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::api;

/// All routes.
#[derive(OpenApi)]
#[openapi(
    info(title = "Touchmark", description = "Signs AI images at export, keeps the log of how they were made, and checks both."),
    paths(
        api::export::export,
        api::verify::verify,
        api::find::find,
        api::events::append,
        api::records::record,
        api::log::checkpoint,
        api::log::proof,
        api::tiles::tile,
        api::witness::add_checkpoint,
        api::log::anchor,
        api::health::openapi,
        api::health::health,
    ),
    tags(
        (name = "sign", description = "Images leave"),
        (name = "check", description = "Images come in"),
        (name = "record", description = "What happened"),
        (name = "log", description = "What auditors need"),
        (name = "service", description = "What machines ask"),
    ),
    modifiers(&Token)
)]
pub(crate) struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut Openapi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The text in the home's keys/service-token"));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme.build()));
    }
}
