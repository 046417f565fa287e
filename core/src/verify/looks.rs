//! What a file's picture looks like, and whether its manifest's soft bindings say so (C2PA 2.4, 18.10).
//!
//! They lead from a picture to a manifest, and bind nothing: where they fit and the hard binding does not, the picture looks like the one that was
//! signed, and no more is said. Where the hard binding fits and they do not, whoever searches by looks is led to another picture.

use std::cell::OnceCell;

use image::DynamicImage;
use serde::Serialize;

use crate::fingerprint::{self, Algorithm, Fingerprint, Look};
use crate::manifest::soft_binding::{self, SoftBinding};
use crate::manifest::{Reading, State};
use crate::media::{self, Limits, MediaType};
use crate::plain::plain;

/// Longer names of algorithms are cut.
const LONGEST_NAME: usize = 80;

/// So many sentences on what was not looked at are enough.
const MOST_WORDS: usize = 4;

/// The remark in a verdict's informational codes, under a name of our own: the standard has none.
pub(super) const MISMATCH: &str = "org.touchmark.softBinding.mismatch";

/// Whether a picture looks as its manifest says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Looks {
    /// It does. That is a hint and no proof.
    Fits,
    /// It looks otherwise.
    Differs,
    /// It was not looked at, or there is nothing to compare.
    NotChecked,
}

/// A file's picture. It is decoded when somebody asks, and once.
pub(super) struct Picture<'a> {
    pub(super) file: &'a [u8],
    pub(super) media_type: MediaType,
    limits: &'a Limits,
    pixels: OnceCell<Option<DynamicImage>>,
    code: OnceCell<Option<Fingerprint>>,
    seen: OnceCell<Option<Look>>,
}

impl<'a> Picture<'a> {
    pub(super) fn of(file: &'a [u8], media_type: MediaType, limits: &'a Limits) -> Self {
        let (pixels, code, seen) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { file, media_type, limits, pixels, code, seen }
    }

    /// `None` where the pixels cannot be had: no decoder, too many, or damaged.
    fn pixels(&self) -> Option<&DynamicImage> {
        let decode = || media::decode(self.file, self.media_type, self.limits).ok().flatten();
        self.pixels.get_or_init(decode).as_ref()
    }

    /// All that is to be seen in it, if the pixels can be had.
    pub(super) fn look(&self) -> Option<&Look> {
        self.seen.get_or_init(|| self.pixels().map(fingerprint::look)).as_ref()
    }

    /// One fingerprint, if the pixels can be had. As long as only the Image-Code is wanted, nothing else is computed; and nothing twice, however
    /// many bindings there are.
    fn fingerprint(&self, algorithm: Algorithm) -> Option<Fingerprint> {
        if algorithm == Algorithm::Iscc && self.seen.get().is_none() {
            return *self.code.get_or_init(|| fingerprint::one(self.pixels()?, algorithm));
        }
        self.look()?.fingerprints().iter().find(|one| one.algorithm() == algorithm).copied()
    }
}

/// Whether the hard binding is all that does not hold: then manifest and picture may belong together, and one of them was changed. Of a
/// manifest that does not hold by itself, no word counts.
pub(super) fn is_only_unbound(reading: &Reading) -> bool {
    let is_of_binding = |code: &String| {
        ["assertion.dataHash.mismatch", "assertion.boxesHash.mismatch", "assertion.bmffHash.mismatch"]
            .contains(&&**code)
    };
    let is_of_trust = |code: &String| code == "signingCredential.untrusted";
    reading.state == State::Invalid
        && reading.codes.iter().any(is_of_binding)
        && reading.codes.iter().all(|code| is_of_binding(code) || is_of_trust(code))
}

/// Holds the soft bindings against the picture: where the hard binding does not fit, and where somebody wants to know.
pub(super) fn judge(
    reading: &Reading,
    picture: &Picture<'_>,
    is_wanted: bool,
    findings: &mut Vec<String>,
) -> Option<Looks> {
    let is_unbound = is_only_unbound(reading);
    let counts = is_unbound || matches!(reading.state, State::Trusted | State::Valid);
    let bindings = if counts { soft_binding::all(reading) } else { Vec::new() };
    if bindings.is_empty() {
        return None;
    }
    if !is_unbound && !is_wanted {
        return Some(Looks::NotChecked);
    }
    let compared: Vec<Compared> = bindings.iter().map(|one| compare(one, picture)).collect();
    let farthest = compared.iter().filter_map(Compared::differs).min();
    let nearest = compared.iter().filter_map(Compared::fits).max();
    let (looks, words) = match (farthest, nearest, is_unbound) {
        (Some((similarity, alg)), _, true) => (
            Looks::Differs,
            Some(format!(
                "By its soft binding it is another picture, or one that was cut or turned (similarity {similarity} of 100 by {alg})."
            )),
        ),
        (Some((similarity, alg)), _, false) => (
            Looks::Differs,
            Some(format!(
                "Its soft binding does not fit the picture (similarity {similarity} of 100 by {alg}): a search by looks can lead from another picture to these Content Credentials. Whether they hold is for the hard binding to say."
            )),
        ),
        (None, Some((similarity, alg)), true) => (
            Looks::Fits,
            Some(format!(
                "It looks like the picture that was signed (similarity {similarity} of 100 by {alg}): these Content Credentials fit by their soft binding, and the hard binding is not matched. That is a hint and no proof."
            )),
        ),
        (None, Some(_), false) => (Looks::Fits, None),
        (None, None, _) => (Looks::NotChecked, None),
    };
    findings.extend(words);
    let mut passed_over: Vec<&String> = compared.iter().filter_map(Compared::passed_over).collect();
    passed_over.dedup();
    findings.extend(
        passed_over.into_iter().take(MOST_WORDS).map(|why| format!("A soft binding was not looked at: {why}.")),
    );
    Some(looks)
}

enum Compared {
    Fits(u32, Algorithm),
    Differs(u32, Algorithm),
    PassedOver(String),
}

impl Compared {
    fn fits(&self) -> Option<(u32, Algorithm)> {
        if let Self::Fits(similarity, alg) = self { Some((*similarity, *alg)) } else { None }
    }

    fn differs(&self) -> Option<(u32, Algorithm)> {
        if let Self::Differs(similarity, alg) = self { Some((*similarity, *alg)) } else { None }
    }

    fn passed_over(&self) -> Option<&String> {
        if let Self::PassedOver(why) = self { Some(why) } else { None }
    }
}

fn compare(binding: &SoftBinding, picture: &Picture<'_>) -> Compared {
    let why = |why: &str| Compared::PassedOver(why.to_owned());
    let Some(alg) = &binding.alg else { return why("it names no algorithm") };
    let Ok(algorithm) = alg.parse::<Algorithm>() else {
        return Compared::PassedOver(format!("the algorithm {} is not known here", plain(alg, LONGEST_NAME)));
    };
    if !binding.is_whole {
        return why("it is about a part of the picture, or has parameters of its own");
    }
    let Some(value) = &binding.value else { return why("it has no value that can be read") };
    let stated = match Fingerprint::from_value(algorithm, value, None) {
        Ok(stated) => stated,
        Err(problem) => return Compared::PassedOver(format!("its value cannot be read ({problem})")),
    };
    let Some(found) = picture.fingerprint(algorithm) else {
        return Compared::PassedOver(format!("the pixels of this {} file cannot be had here", picture.media_type));
    };
    let Some((distance, similarity)) = found.distance(&stated).zip(found.similarity(&stated)) else {
        return why("it cannot be compared");
    };
    match distance <= algorithm.threshold() {
        false => Compared::Differs(similarity, algorithm),
        true if fingerprint::looks_like(&found, &stated) => Compared::Fits(similarity, algorithm),
        true => why("there is too little to be seen in the picture to tell it from others"),
    }
}
