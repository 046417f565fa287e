//! The library of a token's maker: loaded and initialised once in a process, whoever uses it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};

use super::words::words;

/// All libraries in this process. PKCS#11 knows one application a process: two users of one library must not initialise it twice.
static LOADED: Mutex<BTreeMap<PathBuf, Arc<Library>>> = Mutex::new(BTreeMap::new());

/// A loaded library.
pub(super) struct Library {
    path: PathBuf,
    state: RwLock<State>,
}

/// An initialised library, while nobody initialises it anew.
pub(super) struct State {
    pub(super) context: Pkcs11,
    /// Which initialisation this is. Sessions of another one are no more.
    pub(super) generation: u64,
}

impl Library {
    pub(super) fn load(path: &Path) -> Result<Arc<Self>, String> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(library) = loaded.get(path) {
            return Ok(Arc::clone(library));
        }
        let context = Pkcs11::new(path).map_err(|error| match error {
            Error::LibraryLoading(error) => format!("the library {} cannot be loaded: {error}", path.display()),
            other => format!("{} is not a PKCS#11 library: {}", path.display(), words(&other)),
        })?;
        initialise(&context)?;
        let state = RwLock::new(State { context, generation: 0 });
        let library = Arc::new(Self { path: path.to_owned(), state });
        loaded.insert(path.to_owned(), Arc::clone(&library));
        Ok(library)
    }

    /// The library as it is. While the guard lives, it is not initialised anew.
    pub(super) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Initialises it anew, unless somebody else did since `generation`: some libraries see a token that came back only then. Waits for
    /// whoever is in the middle of something. All sessions are gone afterwards.
    pub(super) fn begin_anew(&self, generation: u64) -> Result<(), String> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.generation != generation {
            return Ok(());
        }
        state.generation += 1;
        // That it is not initialised is what we want.
        drop(state.context.clone().finalize());
        initialise(&state.context)
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Library").field(&self.path).finish()
    }
}

fn initialise(context: &Pkcs11) -> Result<(), String> {
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        Err(error) => Err(format!("the token's library cannot be used: {}", words(&error))),
    }
}
