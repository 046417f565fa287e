//! POST /v1/find

use touchmark_service::forms::Sight;

use crate::world::{Answer, World, form, picture, post};

async fn find(world: &World, image: Vec<u8>) -> Answer {
    world.send(post("/v1/find", "application/octet-stream", image, None)).await
}

/// A part of the picture, as somebody saves it.
fn cut_out(name: &str) -> Vec<u8> {
    let image = image::load_from_memory(&picture(name)).expect("a picture");
    let (x, y) = (image.width() / 20, image.height() / 20);
    let part = image.crop_imm(x, y, image.width() - 2 * x, image.height() - 2 * y);
    let mut file = std::io::Cursor::new(Vec::new());
    part.write_to(&mut file, image::ImageFormat::Jpeg).expect("encoded");
    file.into_inner()
}

#[tokio::test]
async fn a_part_of_a_picture_without_metadata_leads_back_to_its_record() {
    let world = World::new();
    let signed = world.export(&picture("astronaut.jpg")).await.is(200);
    let answer = find(&world, cut_out("astronaut.jpg")).await.is(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let sight: Sight = serde_json::from_slice(&answer.body).expect("the documented form, no field more");
    let [like] = sight.looks_like.as_slice() else { panic!("{sight:?}") };
    assert_eq!(like.manifest_id, signed.header("touchmark-manifest-id"));
    assert_eq!(like.export_record, signed.header("touchmark-export-record"));
    assert_eq!((like.alg.as_str(), like.bits), ("pdq", 256));
    assert!((60..=100).contains(&like.similarity) && like.distance <= 90, "{like:?}");
    assert_eq!((sight.matchable, sight.note), (true, None));
}

#[tokio::test]
async fn nothing_found_is_an_answer_and_a_picture_with_nothing_to_see_is_told_from_it() {
    let world = World::new();
    world.export(&picture("astronaut.jpg")).await.is(200);
    let other: Sight = serde_json::from_slice(&find(&world, picture("hubble.jpg")).await.is(200).body).expect("a form");
    assert!(other.matchable && other.looks_like.is_empty(), "{other:?}");
    let mut plain = std::io::Cursor::new(Vec::new());
    let image = image::RgbImage::from_pixel(300, 200, image::Rgb([30, 60, 90]));
    image.write_to(&mut plain, image::ImageFormat::Png).expect("encoded");
    let plain: Sight = serde_json::from_slice(&find(&world, plain.into_inner()).await.is(200).body).expect("a form");
    assert!(!plain.matchable && plain.looks_like.is_empty(), "{plain:?}");
}

#[tokio::test]
async fn what_is_no_picture_or_has_no_pixels_that_can_be_had_is_refused() {
    let world = World::new();
    assert!(find(&world, b"hello, I am a text".to_vec()).await.problem(415).contains("plain text"));
    assert!(find(&world, Vec::new()).await.problem(400).contains("empty"));
    assert!(find(&world, picture("astronaut.jpg")[..20_000].to_vec()).await.problem(400).contains("JPEG"));
    let drawing = find(&world, picture("touchmark.svg")).await.problem(415);
    assert!(drawing.contains("the pixels of this SVG file cannot be had here"), "{drawing}");
    let (content_type, body) = form(&[("image", &picture("astronaut.jpg"))]);
    let problem = world.send(post("/v1/find", &content_type, body, None)).await.problem(415);
    assert!(problem.contains("send the image as image/* or application/octet-stream"), "{problem}");
}

#[tokio::test]
async fn more_bytes_or_pixels_than_are_allowed_are_not_looked_at() {
    let world = World::with(|config| *config = config.replace("image_pixels = 268435456", "image_pixels = 1000"));
    find(&world, picture("astronaut.jpg")).await.problem(413);
}
