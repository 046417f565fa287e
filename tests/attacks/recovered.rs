//! A manifest that was found again by what a picture looks like, or by a mark in it: the picture must still be the one that it was signed for
//! (C2PA 2.4, 15.5.5).

use touchmark_core::media::MediaType;

use crate::bound::{data_hash, picture};
use crate::forge::{Forge, Manifest, created, store};

#[test]
fn a_manifest_that_was_found_for_a_look_alike_never_holds() {
    let forge = Forge::new();
    for media_type in [MediaType::Jpeg, MediaType::Png, MediaType::Webp] {
        let image = picture(media_type);
        let kept = store(&[forge.seal(&Manifest::new(vec![created(), data_hash(&image, &[])])).whole()]);
        forge.holds_with(&image, Some(&kept), "the picture itself");
        let mut alike = image.clone();
        let at = alike.len() - 20;
        alike[at] ^= 1;
        forge.refuses_with(&alike, Some(&kept), "assertion.dataHash.mismatch", media_type.name());
    }
    let (jpeg, png) = (picture(MediaType::Jpeg), picture(MediaType::Png));
    let kept = store(&[forge.seal(&Manifest::new(vec![created(), data_hash(&png, &[])])).whole()]);
    forge.refuses_with(&jpeg, Some(&kept), "assertion.dataHash.mismatch", "the same picture in another form");
}
