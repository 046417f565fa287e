//! One key in a token, and the sessions in which it is used.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use touchmark_core::keys::place::Pkcs11 as Place;

use super::library::{Library, State};
use super::words::{is_about_parameters, refused_pin, words};
use crate::secret;

/// A key in a token.
///
/// Sessions are kept and used again: to open one costs more than a signature. One that fails is given up together with all others, and the
/// call goes on in a new one; so a token that was away in the meantime is used again as soon as it is back.
pub(super) struct TokenKey {
    place: Place,
    library: Arc<Library>,
    class: ObjectClass,
    pin: Option<AuthPin>,
    idle: Mutex<Vec<Open>>,
    /// What is known of the key since it was first found: another one must not take its place unseen.
    public: OnceLock<Option<PublicKey>>,
    /// Why the PIN was refused. It is not tried a second time.
    shut: OnceLock<&'static str>,
}

/// A session with the key in it.
struct Open {
    session: Session,
    key: ObjectHandle,
    generation: u64,
}

/// The public half as the token has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PublicKey {
    /// `CKA_EC_PARAMS`
    pub(super) curve: Vec<u8>,
    /// `CKA_EC_POINT`
    pub(super) point: Vec<u8>,
}

/// Why nothing was done with a key.
pub(super) struct Failed {
    pub(super) sentence: String,
    /// Whether the same with other parameters may do.
    pub(super) is_about_parameters: bool,
}

/// Why no session was opened.
enum Trouble {
    /// It may pass: the token is away.
    Away(String),
    /// It stays until somebody does something.
    Lasting(String),
}

impl TokenKey {
    /// Finds the one key of that class.
    pub(super) fn find(place: &Place, class: ObjectClass) -> Result<Self, String> {
        let pin = place.pin.as_ref().map(secret::read).transpose()?;
        let found = Self {
            library: Library::load(&place.library)?,
            place: place.clone(),
            class,
            pin: pin.map(|pin| AuthPin::from(pin.as_str())),
            idle: Mutex::default(),
            public: OnceLock::new(),
            shut: OnceLock::new(),
        };
        let open = found.open()?;
        found.keep(open);
        Ok(found)
    }

    /// The public half, where the token has it.
    pub(super) fn public(&self) -> Option<&PublicKey> {
        self.public.get().and_then(Option::as_ref)
    }

    /// Does something with the key, in a session that nobody else uses meanwhile.
    pub(super) fn run<T>(&self, work: impl Fn(&Session, ObjectHandle) -> Result<T, Error>) -> Result<T, Failed> {
        if let Some(open) = self.take() {
            let held = self.library.state();
            if let Ok(done) = work(&open.session, open.key) {
                self.keep(open);
                return Ok(done);
            }
            self.give_up(&held, Some(open));
        }
        let open = self.open().map_err(|sentence| Failed { sentence, is_about_parameters: false })?;
        let held = self.library.state();
        match work(&open.session, open.key) {
            Ok(done) => {
                self.keep(open);
                Ok(done)
            }
            Err(error) => {
                self.give_up(&held, Some(open));
                Err(Failed { sentence: words(&error), is_about_parameters: is_about_parameters(&error) })
            }
        }
    }

    /// A session of the library as it is now.
    fn take(&self) -> Option<Open> {
        let generation = self.library.state().generation;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // Sessions of another generation are gone already: nothing is left to close.
        idle.retain(|open| open.generation == generation);
        idle.pop()
    }

    fn keep(&self, open: Open) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(open);
    }

    /// Closes all sessions that nobody is using, and this one.
    fn give_up(&self, state: &State, open: Option<Open>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        for open in idle.drain(..).chain(open).filter(|open| open.generation == state.generation) {
            // A token that is away has closed it already.
            drop(open.session.close());
        }
    }

    fn open(&self) -> Result<Open, String> {
        if let Some(why) = self.shut.get() {
            return Err((*why).to_owned());
        }
        let generation = {
            let state = self.library.state();
            match self.open_in(&state) {
                Ok(open) => return Ok(open),
                Err(Trouble::Lasting(sentence)) => return Err(sentence),
                Err(Trouble::Away(_)) => state.generation,
            }
        };
        self.library.begin_anew(generation)?;
        self.open_in(&self.library.state()).map_err(|trouble| match trouble {
            Trouble::Away(sentence) | Trouble::Lasting(sentence) => sentence,
        })
    }

    fn open_in(&self, state: &State) -> Result<Open, Trouble> {
        let away = |error: Error| Trouble::Away(words(&error));
        let slot = self.slot(&state.context)?;
        // Not closed on drop: its number may be another session's by then.
        let session = state.context.open_ro_session_no_drop(slot).map_err(away)?;
        self.log_in(&state.context, slot, &session)?;
        let key = self.key(&session, self.class)?;
        let public = self.read_public(&session, key)?;
        if *self.public.get_or_init(|| public.clone()) != public {
            return Err(Trouble::Lasting("there is another key in its place".to_owned()));
        }
        Ok(Open { session, key, generation: state.generation })
    }

    /// The slot with the token.
    fn slot(&self, context: &Pkcs11) -> Result<Slot, Trouble> {
        let slots = context.get_slots_with_token().map_err(|error| Trouble::Away(words(&error)))?;
        let labelled = slots.into_iter().filter_map(|slot| Some((slot, context.get_token_info(slot).ok()?)));
        let labelled: Vec<_> = labelled.map(|(slot, info)| (slot, info.label().trim_end().to_owned())).collect();
        let mut named = labelled.iter().filter(|(_, label)| *label == self.place.token);
        match (named.next(), named.next()) {
            (Some((slot, _)), None) => Ok(*slot),
            (Some(_), Some(_)) => Err(Trouble::Lasting("there are several tokens of that name".to_owned())),
            (None, _) => {
                let others: Vec<_> = labelled.iter().map(|(_, label)| format!("{label:?}")).collect();
                let others = if others.is_empty() { "none".to_owned() } else { others.join(", ") };
                Err(Trouble::Away(format!("the token is not there; those that are there: {others}")))
            }
        }
    }

    fn log_in(&self, context: &Pkcs11, slot: Slot, session: &Session) -> Result<(), Trouble> {
        let info = context.get_token_info(slot).map_err(|error| Trouble::Away(words(&error)))?;
        let has_keypad = info.protected_authentication_path();
        if !info.login_required() || (self.pin.is_none() && !has_keypad) {
            return Ok(());
        }
        match session.login(UserType::User, self.pin.as_ref()) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) => match refused_pin(&error) {
                Some(why) => Err(Trouble::Lasting((*self.shut.get_or_init(|| why)).to_owned())),
                None => Err(Trouble::Away(words(&error))),
            },
        }
    }

    /// The one object of that class with the key's names.
    fn key(&self, session: &Session, class: ObjectClass) -> Result<ObjectHandle, Trouble> {
        let found = self.objects(session, class).map_err(|error| Trouble::Away(words(&error)))?;
        match found.as_slice() {
            [key] => Ok(*key),
            [] if self.pin.is_none() => Err(Trouble::Lasting(
                "the token shows no such key; most show private keys only to who has the PIN: name it with pin_file or pin_env"
                    .to_owned(),
            )),
            [] => Err(Trouble::Lasting("the token has no such key".to_owned())),
            several => Err(Trouble::Lasting(format!(
                "the token has {} keys of that name: name the one that is meant by its id",
                several.len()
            ))),
        }
    }

    /// The public object beside the private key, to encrypt with.
    pub(super) fn public_object(&self, session: &Session) -> Result<ObjectHandle, Error> {
        self.objects(session, ObjectClass::PUBLIC_KEY)?.first().copied().ok_or(Error::InvalidValue)
    }

    fn objects(&self, session: &Session, class: ObjectClass) -> Result<Vec<ObjectHandle>, Error> {
        let label = self.place.label.iter().map(|label| Attribute::Label(label.clone().into_bytes()));
        let id = self.place.id.iter().map(|id| Attribute::Id(id.clone()));
        let template: Vec<_> = std::iter::once(Attribute::Class(class)).chain(label).chain(id).collect();
        session.find_objects(&template)
    }

    fn read_public(&self, session: &Session, key: ObjectHandle) -> Result<Option<PublicKey>, Trouble> {
        if self.class != ObjectClass::PRIVATE_KEY {
            return Ok(None);
        }
        let beside = self.objects(session, ObjectClass::PUBLIC_KEY).map_err(|error| Trouble::Away(words(&error)))?;
        // Some tokens keep the point with the private key and have no public object.
        for object in beside.into_iter().chain([key]) {
            let wanted = [AttributeType::EcParams, AttributeType::EcPoint];
            let Ok(attributes) = session.get_attributes(object, &wanted) else { continue };
            let (mut curve, mut point) = (None, None);
            for attribute in attributes {
                match attribute {
                    Attribute::EcParams(bytes) => curve = Some(bytes),
                    Attribute::EcPoint(bytes) => point = Some(bytes),
                    _ => {}
                }
            }
            if let (Some(curve), Some(point)) = (curve, point) {
                return Ok(Some(PublicKey { curve, point }));
            }
        }
        Ok(None)
    }
}

impl Drop for TokenKey {
    fn drop(&mut self) {
        self.give_up(&self.library.state(), None);
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey").field("place", &self.place).field("library", &self.library).finish_non_exhaustive()
    }
}
