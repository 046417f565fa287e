//! Where PINs, bearer tokens and passphrases come from: a file of one's own, or the environment.

use touchmark_core::causes::in_words;
use touchmark_core::keys::file::read_line;
use touchmark_core::keys::place::Secret;
use touchmark_net::kms::Credentials;
use zeroize::Zeroizing;

/// The secret, or a sentence why it cannot be had.
pub(crate) fn read(secret: &Secret) -> Result<Zeroizing<String>, String> {
    match secret {
        Secret::File(path) => read_line(path).map_err(|error| in_words(&error)),
        Secret::Variable(name) => {
            variable(name)?.ok_or_else(|| format!("the variable {name} is not set, and should hold its secret"))
        }
    }
}

/// The passphrase of key files: `TOUCHMARK_PASSPHRASE_FILE`, or `TOUCHMARK_PASSPHRASE`.
pub(crate) fn passphrase() -> Result<Zeroizing<String>, String> {
    if let Some(path) = variable("TOUCHMARK_PASSPHRASE_FILE")? {
        return read_line(path.as_str()).map_err(|error| in_words(&error));
    }
    let none = "name a file with it in TOUCHMARK_PASSPHRASE_FILE, or set TOUCHMARK_PASSPHRASE";
    variable("TOUCHMARK_PASSPHRASE")?.ok_or_else(|| none.to_owned())
}

/// Who asks the AWS key service.
pub(crate) fn aws() -> Result<Credentials, String> {
    let needed = |name: &str| {
        variable(name)?.ok_or_else(|| {
            "who asks is said by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), and they are not set"
                .to_owned()
        })
    };
    Ok(Credentials {
        access_key: needed("AWS_ACCESS_KEY_ID")?.to_string(),
        secret_key: needed("AWS_SECRET_ACCESS_KEY")?,
        session_token: variable("AWS_SESSION_TOKEN")?,
    })
}

fn variable(name: &str) -> Result<Option<Zeroizing<String>>, String> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(Zeroizing::new(value))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("the variable {name} holds something that is no text")),
    }
}
