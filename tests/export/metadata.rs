//! What the file says about itself: our marks are added, nothing else is touched.

use touchmark_core::export::{Marks, Options};
use touchmark_core::media::xmp::{self, IPTC_EXT, TC260};
use touchmark_core::media::{self, MediaType};
use touchmark_core::verify::Answer;

use crate::parts::{inserted, is_one_insertion, others, segment, write_png, write_webp};
use crate::studio::{Studio, made, picture, pictures};

const NO_MARKS: Options = Options {
    person: None,
    destination: None,
    sidecar: false,
    marks: Marks { iptc: false, cn: false },
    keep_originals: None,
    spare: None,
};

const XMP: &str = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:own="http://example.org/own/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
  xmp:CreatorTool="Darkroom 7" own:job="4711" Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture">
  <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© someone</rdf:li></rdf:Alt></dc:rights>
 </rdf:Description></rdf:RDF></x:xmpmeta>"#;

fn signed(studio: &Studio, picture: &[u8], options: &Options) -> Vec<u8> {
    studio.one(picture, made(), None, options).expect("exported").file.expect("a file")
}

fn packet(file: &[u8]) -> Option<String> {
    media::read_xmp(file, MediaType::sniff(file).expect("a type")).expect("readable")
}

/// A JPEG, a PNG and a WebP with everything that such files carry.
fn laden() -> [Vec<u8>; 3] {
    let exif = [b"Exif\0\0".as_slice(), b"II*\0\x08\0\0\0\0\0\0\0\0\0"].concat();
    let profile = [b"ICC_PROFILE\0\x01\x01".as_slice(), &[7; 64]].concat();
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0", XMP.as_bytes()].concat();
    let iptc = b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\0".to_vec();
    let own = b"Own application data".to_vec();
    let segments =
        [(0xe1, exif), (0xe2, profile), (0xe1, xmp), (0xed, iptc), (0xe7, own), (0xfe, b"a comment".to_vec())];
    let segments = segments.iter().flat_map(|(marker, content)| segment(*marker, content)).collect::<Vec<_>>();
    let jpeg = inserted(&picture("astronaut.jpg"), 2, &segments);
    let text = |kind: &str, content: &[u8]| write_png(&[(kind, content.to_vec())])[8..].to_vec();
    let chunks = [
        text("gAMA", &45455_u32.to_be_bytes()),
        text("pHYs", &[0, 0, 11, 19, 0, 0, 11, 19, 1]),
        text("tEXt", b"Author\0somebody"),
        text("iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", XMP.as_bytes()].concat()),
        text("eXIf", b"II*\0\x08\0\0\0\0\0\0\0\0\0"),
        text("tIME", &[7, 234, 1, 31, 12, 0, 0]),
        text("prVt", b"a private chunk"),
    ];
    let png = inserted(&picture("horse-alpha.png"), 33, &chunks.concat());
    let rocket = picture("rocket.webp");
    let pixels = crate::parts::parts(&rocket).pop().expect("VP8");
    let canvas = [&[0b0010_1100, 0, 0, 0], &511_u32.to_le_bytes()[..3], &341_u32.to_le_bytes()[..3]].concat();
    let webp = write_webp(&[
        ("VP8X", canvas),
        ("ICCP", vec![7; 65]),
        (&pixels.0, pixels.1),
        ("EXIF", b"II*\0\x08\0\0\0\0\0\0\0\0\0".to_vec()),
        ("XMP ", XMP.as_bytes().to_vec()),
        ("OWN ", b"own data".to_vec()),
    ]);
    [jpeg, png, webp]
}

#[test]
fn the_metadata_says_that_a_model_made_the_picture_and_which() {
    let studio = Studio::new();
    for name in ["astronaut.jpg", "hubble.jpg", "horse-alpha.png", "rocket.webp", "camera-lossless.webp"] {
        let packet = packet(&studio.sign(&picture(name))).expect("XMP");
        let value = |property| xmp::value(&packet, IPTC_EXT, property).expect("XMP").expect(property);
        let source = value("DigitalSourceType");
        assert_eq!(source, "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", "{name}");
        assert_eq!((value("AISystemUsed").as_str(), value("AISystemVersionUsed").as_str()), ("sdxl", "1.0"), "{name}");
        assert_eq!(xmp::value(&packet, TC260, "AIGC").expect("XMP"), None, "{name}: only on request");
    }
}

#[test]
fn everything_else_that_stands_in_the_file_stays() {
    let studio = Studio::new();
    let is_marked = |(name, _): &(String, _)| [".jpg", ".png", ".webp"].iter().any(|end| name.ends_with(end));
    let mut files: Vec<(String, Vec<u8>)> = pictures().into_iter().filter(is_marked).collect();
    files.extend(laden().into_iter().map(|file| ("with everything".to_owned(), file)));
    for (name, file) in files {
        let signed = studio.sign(&file);
        assert_eq!(others(&signed), others(&file), "{name}");
        assert_eq!(studio.judge().judge(&signed).verdict, Answer::Verified, "{name}");
        if let Some(before) = packet(&file) {
            let after = packet(&signed).expect("XMP");
            let is_gone = |tag: &&str| !tag.contains("DigitalSourceType") && !after.contains(*tag);
            assert_eq!(before.split('>').find(is_gone), None, "{name}: something of the XMP is gone");
        }
    }
}

#[test]
fn an_older_statement_of_another_source_does_not_stay_beside_ours() {
    let studio = Studio::new();
    for file in laden() {
        let packet = packet(&studio.sign(&file)).expect("XMP");
        assert!(!packet.contains("digitalCapture") && packet.contains("trainedAlgorithmicMedia"), "{packet}");
        assert!(packet.contains("Darkroom 7") && packet.contains("own:job=\"4711\""), "{packet}");
    }
}

#[test]
fn without_marks_the_file_is_the_input_and_the_manifest() {
    let studio = Studio::new();
    for (name, file) in pictures() {
        let signed = signed(&studio, &file, &NO_MARKS);
        if name.ends_with(".jpg") || name.ends_with(".png") || name.ends_with(".svg") {
            assert!(is_one_insertion(&file, &signed), "{name}");
        } else if name.ends_with(".gif") {
            // The first version knows no application blocks: the second one's mark stands in front.
            assert!(signed.starts_with(b"GIF89a") && is_one_insertion(&file[6..], &signed[6..]), "{name}");
        } else if name.ends_with(".webp") {
            assert_eq!(others(&signed), others(&file), "{name}");
            assert_eq!(packet(&signed), packet(&file), "{name}");
        }
    }
    for file in laden() {
        assert_eq!(packet(&signed(&studio, &file, &NO_MARKS)).as_deref(), Some(XMP));
    }
}

#[test]
fn the_chinese_mark_has_its_seven_keys_in_order() {
    let studio = Studio::named("画室 \"Studio\"");
    let options = Options { marks: Marks { iptc: false, cn: true }, ..Options::default() };
    for name in ["astronaut.jpg", "horse-alpha.png", "rocket.webp"] {
        let exported = studio.one(&picture(name), made(), None, &options).expect("exported");
        let packet = packet(exported.file.as_deref().expect("a file")).expect("XMP");
        let text = xmp::value(&packet, TC260, "AIGC").expect("XMP").expect("the mark");
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let keys = [
            "Label",
            "ContentProducer",
            "ProduceID",
            "ReservedCode1",
            "ContentPropagator",
            "PropagateID",
            "ReservedCode2",
        ];
        let places: Vec<_> = keys.iter().map(|key| text.find(&format!("\"{key}\":")).expect(key)).collect();
        assert!(places.is_sorted() && value.as_object().expect("an object").len() == 7, "{text}");
        assert_eq!(value["Label"], "1");
        assert_eq!(value["ContentProducer"], "画室 \"Studio\"");
        assert_eq!(value["ProduceID"], exported.gen_record.to_string());
        assert_eq!(
            (&value["ContentPropagator"], &value["PropagateID"]),
            (&value["ContentProducer"], &value["ProduceID"])
        );
        assert_eq!(xmp::value(&packet, IPTC_EXT, "AISystemUsed").expect("XMP"), None, "only what was asked for");
    }
}
