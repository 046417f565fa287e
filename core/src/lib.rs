//! Touchmark's library: how an AI image came to be is put on record, signed into the image, and checked by anyone.
//!
//! ```text
//! use cases    dry_run  home  export
//! judgement    verify   audit   find
//! links        link     anchor  trail  witness  publish  originals  retention  erasure  opening
//! records      manifest │ ledger          neither knows the other
//! lists        trust
//! formats      tlog
//! parts        event  gallery  fingerprint  keys  privacy  merkle
//! ground       hash  canonical  media  edge  files  causes  plain
//! ```
//! A room uses only rooms below it. The library opens no socket, reads no clock and no environment, and prints nothing: the edges
//! (`cli`, `service`) hand in what they want it to know ([`edge::Edge`]), and the way to keys that are elsewhere ([`keys::Keyring`]).

pub mod anchor;
pub mod audit;
pub mod canonical;
pub mod causes;
pub mod dry_run;
pub mod edge;
pub mod erasure;
pub mod event;
pub mod export;
pub mod files;
pub mod find;
pub mod fingerprint;
pub mod gallery;
pub mod hash;
pub mod home;
pub mod keys;
pub mod ledger;
pub mod link;
pub mod manifest;
pub mod media;
pub mod merkle;
pub mod opening;
pub mod originals;
pub mod plain;
pub mod privacy;
pub mod publish;
pub mod retention;
pub mod tlog;
pub mod trail;
pub mod trust;
pub mod verify;
pub mod witness;
