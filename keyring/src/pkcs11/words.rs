//! What a token's library says, as a sentence.

use cryptoki::error::{Error, RvError};

/// What a failed call means.
pub(super) fn words(error: &Error) -> String {
    let Error::Pkcs11(code, function) = error else { return error.to_string() };
    let meaning = match code {
        RvError::DeviceRemoved | RvError::TokenNotPresent | RvError::SlotIdInvalid => "the token was taken out",
        RvError::TokenNotRecognized => "the token is not recognised",
        RvError::DeviceError | RvError::GeneralError | RvError::FunctionFailed => "the token or its library failed",
        RvError::DeviceMemory | RvError::HostMemory => "the token has no memory left",
        RvError::SessionHandleInvalid | RvError::SessionClosed => "the session with the token was closed",
        RvError::SessionCount => "the token takes no more sessions",
        RvError::ObjectHandleInvalid | RvError::KeyHandleInvalid => "the key is not in the token any more",
        RvError::UserNotLoggedIn => "the token wants a PIN",
        RvError::KeyTypeInconsistent | RvError::KeySizeRange => "the key is of another kind",
        RvError::KeyFunctionNotPermitted => "the token does not let the key do this",
        RvError::MechanismInvalid => "the token cannot do this with any key",
        RvError::EncryptedDataInvalid | RvError::EncryptedDataLenRange => {
            "it was not wrapped by this key, or was changed"
        }
        _ => "the token refused",
    };
    format!("{meaning} ({code:?} in {function:?})")
}

/// What it means that a PIN was refused, if that is what happened.
pub(super) fn refused_pin(error: &Error) -> Option<&'static str> {
    let Error::Pkcs11(code, _) = error else { return None };
    match code {
        RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => {
            Some("the PIN is wrong; it is not tried again, because a token locks itself after a few")
        }
        RvError::PinLocked => {
            Some("the PIN is locked: too many wrong ones were tried; unlock it with the security officer's")
        }
        RvError::PinExpired => Some("the PIN has expired: set a new one"),
        RvError::UserPinNotInitialized => Some("the token has no PIN yet: set one"),
        _ => None,
    }
}

/// Whether the same call with other parameters may do.
pub(super) fn is_about_parameters(error: &Error) -> bool {
    let Error::Pkcs11(code, _) = error else { return false };
    matches!(code, RvError::ArgumentsBad | RvError::MechanismParamInvalid | RvError::MechanismInvalid)
}
