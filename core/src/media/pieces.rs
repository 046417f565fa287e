//! A file in pieces: what is put into a large file need not move the rest of it.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;

use crate::hash::Hash;

/// Pieces of a file, one behind the other.
#[derive(Debug, Clone, Default)]
pub struct Pieces<'a>(Vec<Cow<'a, [u8]>>);

impl<'a> Pieces<'a> {
    /// A file in one piece.
    pub fn of(whole: &'a [u8]) -> Self {
        Self(vec![Cow::Borrowed(whole)])
    }

    pub(super) const fn new(pieces: Vec<Cow<'a, [u8]>>) -> Self {
        Self(pieces)
    }

    /// The same with `new` in front of the byte at `at`; behind the end, where there is none.
    #[must_use]
    pub fn insert(self, at: usize, new: Vec<u8>) -> Self {
        let mut pieces = Vec::with_capacity(self.0.len().saturating_add(2));
        let (mut new, mut left) = (Some(Cow::Owned(new)), at);
        for piece in self.0 {
            let length = piece.len();
            match new.take_if(|_| left <= length) {
                Some(new) => {
                    let (before, behind) = split(piece, left);
                    pieces.extend([before, new, behind]);
                }
                None => pieces.push(piece),
            }
            left = left.saturating_sub(length);
        }
        pieces.extend(new);
        Self(pieces)
    }

    /// The pieces.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|piece| &**piece)
    }

    /// The digest of the file.
    pub fn hash(&self) -> Hash {
        Hash::of_parts(&self.iter().collect::<Vec<_>>())
    }

    /// The digests of several files: two by two, where the processor can do that in less time.
    pub fn hashes(files: &[&Self]) -> Vec<Hash> {
        let (pairs, rest) = files.as_chunks();
        let both = |[one, other]: &[&Self; 2]| {
            let (one, other): (Vec<_>, Vec<_>) = (one.iter().collect(), other.iter().collect());
            Hash::of_two_in_parts([&one, &other])
        };
        pairs.iter().flat_map(both).chain(rest.iter().map(|file| file.hash())).collect()
    }

    /// The file in one piece; copied where it is not.
    pub fn whole(&self) -> Cow<'_, [u8]> {
        match &*self.0 {
            [one] => Cow::Borrowed(one),
            several => Cow::Owned(several.concat()),
        }
    }

    /// The file.
    pub fn into_whole(self) -> Vec<u8> {
        match <[_; 1]>::try_from(self.0) {
            Ok([one]) => one.into_owned(),
            Err(several) => several.concat(),
        }
    }
}

impl From<Vec<u8>> for Pieces<'_> {
    fn from(whole: Vec<u8>) -> Self {
        Self(vec![Cow::Owned(whole)])
    }
}

/// `at` is not behind the end.
fn split(piece: Cow<'_, [u8]>, at: usize) -> (Cow<'_, [u8]>, Cow<'_, [u8]>) {
    match piece {
        Cow::Borrowed(bytes) => {
            let (before, behind) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
            (Cow::Borrowed(before), Cow::Borrowed(behind))
        }
        Cow::Owned(mut bytes) => {
            let behind = bytes.split_off(at.min(bytes.len()));
            (Cow::Owned(bytes), Cow::Owned(behind))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_put_in_wherever_it_belongs() {
        let file = Pieces::of(b"abcdef").insert(3, b"123".to_vec());
        for at in 0..=9 {
            let mut expected = b"abc123def".to_vec();
            expected.splice(at..at, *b"xy");
            let pieces = file.clone().insert(at, b"xy".to_vec());
            assert_eq!(pieces.hash(), Hash::of(&expected));
            assert_eq!(pieces.into_whole(), expected);
        }
        let files = [file, Pieces::default(), Pieces::of(b"xyz")];
        for count in 0..=3 {
            let files: Vec<&Pieces<'_>> = files.iter().take(count).collect();
            assert_eq!(Pieces::hashes(&files), files.iter().map(|file| file.hash()).collect::<Vec<_>>());
        }
        assert_eq!(Pieces::of(b"ab").insert(7, b"c".to_vec()).into_whole(), b"abc");
        assert_eq!(Pieces::default().insert(0, b"c".to_vec()).into_whole(), b"c");
    }
}
