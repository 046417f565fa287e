//! What a witness signs (<https://c2sp.org/tlog-cosignature>, the Ed25519 type, 0x04).
//!
//! A cosignature says: at this time, this was the largest consistent checkpoint of this log that I had seen. It is a
//! line of the checkpoint's note like any other,
//!
//! ```text
//! — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
//! ```
//!
//! whose bytes are the key id, the time (8 bytes, big-endian) and an Ed25519 signature of this text:
//!
//! ```text
//! cosignature/v1
//! time 1679315147
//! example.com/behind-the-sofa
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```
//!
//! This file is the bytes only. [`Checkpoint`](super::checkpoint) makes cosignatures and
//! [`Note::verify`](super::note::Note::verify) checks them, with a key of
//! [`SignatureType::Cosignature`](super::note::SignatureType).
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// The largest time, in seconds since 1970: 2^63 - 1.
pub const MAX_TIME: u64 = i64::MAX.cast_unsigned();

/// The bytes that are signed: header, time (seconds since 1970) and the whole text of the checkpoint.
pub fn message(time: u64, checkpoint: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{checkpoint}").into_bytes()
}

/// The bytes of the signature line after the key id.
pub fn encode(time: u64, signature: &[u8; 64]) -> Vec<u8> {
    [time.to_be_bytes().as_slice(), signature].concat()
}

/// Time and signature, or `None` when the bytes are not 72 or the time is above [`MAX_TIME`].
pub fn decode(bytes: &[u8]) -> Option<(u64, [u8; 64])> {
    let (time, signature) = bytes.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    let signature = signature.try_into().ok()?;
    if time > MAX_TIME { None } else { Some((time, signature)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_72_bytes_and_a_time_below_the_limit_are_a_cosignature() {
        let bytes = encode(1_679_315_147, &[7; 64]);
        assert_eq!(decode(&bytes), Some((1_679_315_147, [7; 64])));
        assert_eq!(decode(&encode(MAX_TIME, &[7; 64])), Some((MAX_TIME, [7; 64])));
        assert_eq!(decode(&encode(MAX_TIME + 1, &[7; 64])), None);
        assert_eq!(decode(bytes.split_at(1).1), None);
        assert_eq!(decode(&[bytes.as_slice(), &[0]].concat()), None);
        assert_eq!(decode(&[]), None);
    }
}
