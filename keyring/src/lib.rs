//! Keys that lie outside of the process: in PKCS#11 tokens, behind commands of the operator's, and, through `touchmark-net`, in key services.
//!
//! [`Keys`] is the keyring that the edges hand to a home. What such a key does is `touchmark_core::keys`' to say ([`Signer`], [`Wrapper`]);
//! here is how it is reached, and a sentence for each way in which it cannot be.

mod asked;
mod command;
mod pkcs11;
mod secret;

use std::path::Path;
use std::sync::Arc;

use touchmark_core::keys::place::{AwsKms, Http, Outside};
use touchmark_core::keys::{Algorithm, Error, Keyring, Signer, Wrapper};
use touchmark_net::key_service::KeyService;
use touchmark_net::kms::Kms;
use zeroize::Zeroizing;

use asked::{Ask, AskedSigner, AskedWrapper};
use command::CommandLine;
use pkcs11::{TokenSigner, TokenWrapper};

/// All the ways that there are from here.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keys;

impl Keyring for Keys {
    fn signer(&self, place: &Outside, algorithm: Algorithm) -> Result<Arc<dyn Signer>, Error> {
        Ok(match place {
            Outside::Pkcs11(token) => Arc::new(TokenSigner::open(place, token, algorithm)?),
            Outside::AwsKms(key) => Arc::new(kms(place, key)?.signer(algorithm).map_err(unusable(place))?),
            other => Arc::new(AskedSigner::open(other, asked(other)?, algorithm)?),
        })
    }

    fn wrapper(&self, place: &Outside) -> Result<Arc<dyn Wrapper>, Error> {
        Ok(match place {
            Outside::Pkcs11(token) => Arc::new(TokenWrapper::open(place, token)?),
            Outside::AwsKms(key) => Arc::new(kms(place, key)?),
            other => Arc::new(AskedWrapper::new(other, asked(other)?)),
        })
    }

    fn passphrase(&self, path: &Path) -> Result<Zeroizing<String>, Error> {
        secret::passphrase().map_err(|problem| Error::Passphrase { path: path.to_owned(), problem })
    }
}

fn unusable(place: &Outside) -> impl Fn(String) -> Error {
    move |problem| Error::outside(place, problem)
}

/// Whoever answers in the project's own form.
fn asked(place: &Outside) -> Result<Arc<dyn Ask>, Error> {
    match place {
        Outside::Command(command) => Ok(Arc::new(CommandLine::new(command))),
        Outside::Http(Http { url, bearer, timeout }) => {
            let bearer = bearer.as_ref().map(secret::read).transpose().map_err(unusable(place))?;
            Ok(Arc::new(KeyService::new(url, bearer, *timeout).map_err(unusable(place))?))
        }
        other => Err(Error::outside(other, format!("this program has no way to a key in {}", other.kind()))),
    }
}

fn kms(place: &Outside, key: &AwsKms) -> Result<Kms, Error> {
    let credentials = secret::aws().map_err(unusable(place))?;
    Kms::new(key, credentials).map_err(unusable(place))
}
