//! Signs an image and records that it leaves.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use touchmark_core::event::private::Actor;
use touchmark_core::event::{Event, Kind};
use touchmark_core::export::{Exported, Exporter, Making, Marks, Options, Order};
use touchmark_core::ledger::{Ledger, Reader};
use touchmark_core::manifest::jumbf;
use utoipa::ToSchema;

use super::record_id;
use crate::auth::Authorised;
use crate::error::{ApiError, Code, Problem};
use crate::state::App;
use crate::upload::Form;

/// Media type of a manifest store by itself (C2PA 2.4).
const MANIFEST_STORE: &str = "application/c2pa";

const FIELDS: [&str; 7] = ["image", "event", "gen_record", "user", "destination", "sidecar", "keep_original"];

/// What an export is asked for. Either `event`, or `gen_record`, or an image that tells itself how it was made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document; the form is read field by field")]
pub(crate) struct ExportForm {
    /// The image. Its type is told from its bytes.
    #[schema(content_media_type = "application/octet-stream")]
    image: Vec<u8>,
    /// A GEN event, JSON.
    event: Option<String>,
    /// Id of the image's GEN record in the log.
    gen_record: Option<String>,
    /// The person who answers for the export, where it is not the one of the GEN.
    user: Option<String>,
    /// Where the image goes; private.
    destination: Option<String>,
    /// `true`: the image stays as it is, and the manifest comes back by itself.
    sidecar: Option<String>,
    /// `true`: the image is kept as it came in, encrypted, beside the log.
    keep_original: Option<String>,
}

/// An image with what the form says of it.
struct Wish {
    order: Order,
    options: Options,
}

/// Sign an image and record that it leaves
///
/// Answers the signed image once its EXPORT record is durable. The same request again gives the same bytes: an image gets no second
/// identity.
#[utoipa::path(
    post,
    path = "/v1/export",
    tag = "sign",
    security(("token" = [])),
    request_body(content = inline(ExportForm), content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "The signed image, in its own type; with `sidecar` the manifest store, `application/c2pa`",
            body = Vec<u8>, content_type = "image/*",
            headers(
                ("Touchmark-Manifest-Id" = String, description = "`urn:c2pa:…`"),
                ("Touchmark-Gen-Record" = String, description = "Id of the GEN record"),
                ("Touchmark-Export-Record" = String, description = "Id of the EXPORT record"),
                ("Touchmark-Note" = String, description = "What was done otherwise than usual; may come several times"),
            )),
        (status = 400, description = "Form, event or image is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Token missing or wrong", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such GEN record", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "What is on record says otherwise", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too many bytes or pixels", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not a type of file that is signed", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Understood and not accepted", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be written: nothing is released", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn export(
    State(app): State<Arc<App>>,
    _: Authorised,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, ApiError> {
    let place = App::place(&app.writing).await?;
    let wish = Wish::read(Form::read(form, &FIELDS).await?, &app)?;
    let is_sidecar = wish.options.sidecar;
    let exported = app
        .write(move |app, ledger, reader| {
            let _place = place;
            wish.fulfil(app, ledger, reader)
        })
        .await?;
    answer(exported, is_sidecar)
}

impl Wish {
    fn read(mut form: Form, app: &App) -> Result<Self, ApiError> {
        let bytes = form.needed("image")?.into();
        let person = form.text("user")?.map(|user| Actor::person(user, "service-token"));
        // The EXPORT record would be refused only after the image was signed.
        if let Some(person) = &person {
            person.answers_for(Kind::Export)?;
        }
        let making = match (form.file("event"), form.text("gen_record")?) {
            (Some(_), Some(_)) => {
                return Err(ApiError::malformed("send the field event or the field gen_record, not both"));
            }
            (Some(event), None) => Making::Event(Box::new(Event::parse_by(&event, person.as_ref())?)),
            (None, Some(id)) => Making::Record(record_id(id.trim())?),
            (None, None) => Making::File,
        };
        let destination = form.text("destination")?;
        let (sidecar, keep) = (is_true(&mut form, "sidecar")?, is_true(&mut form, "keep_original")?);
        let keep_originals = keep.then(|| app.home.originals());
        let options = Options { person, destination, sidecar, marks: Marks::default(), keep_originals, spare: None };
        Ok(Self { order: Order { bytes, making, target: None }, options })
    }

    fn fulfil(self, app: &App, ledger: &mut Ledger, reader: &Reader) -> Result<Exported, ApiError> {
        let mut exporter = Exporter {
            ledger,
            reader,
            issuer: &app.issuer,
            shelf: &app.shelf,
            organisation: &app.home.config().organisation,
            limits: &app.limits,
            edge: app.edge,
        };
        match exporter.export(vec![self.order], &self.options).pop() {
            Some(result) => Ok(result?),
            None => Err(ApiError::internal("the export gave no answer")),
        }
    }
}

fn is_true(form: &mut Form, field: &str) -> Result<bool, ApiError> {
    match form.text(field)?.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(ApiError::malformed(format!("the field {field} is true or false"))),
    }
}

fn answer(exported: Exported, wants_sidecar: bool) -> Result<Response, ApiError> {
    let (media_type, body) = match (exported.sidecar, exported.file) {
        (Some(store), _) if wants_sidecar => (MANIFEST_STORE, jumbf::trimmed(&store)?.to_vec()),
        (None, Some(file)) if !wants_sidecar => (exported.media_type.mime(), file),
        (Some(_), _) => return Err(other_form(&exported.export_record, "beside the image: send sidecar=true")),
        (None, _) => return Err(other_form(&exported.export_record, "in the image: send sidecar=false")),
    };
    let mut response =
        ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-store")], body).into_response();
    let headers = response.headers_mut();
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    };
    put("touchmark-manifest-id", &exported.manifest_id);
    put("touchmark-gen-record", &exported.gen_record.to_string());
    put("touchmark-export-record", &exported.export_record.to_string());
    for note in &exported.notes {
        put("touchmark-note", note);
    }
    Ok(response)
}

fn other_form(record: &uuid::Uuid, form: &str) -> ApiError {
    ApiError::new(Code::Conflict, format!("this image was exported before (record {record}), with its manifest {form}"))
}
