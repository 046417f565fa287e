//! Keys in PKCS#11 tokens.
//!
//! `library` loads the maker's library, once a process; `token` finds a key in it and keeps the sessions in which it is used; `signer` and
//! `wrapper` are what the key does; `words` has the sentences.

mod library;
mod signer;
mod token;
mod words;
mod wrapper;

pub(crate) use signer::TokenSigner;
pub(crate) use wrapper::TokenWrapper;
