//! Writing and taking out metadata: what changes, and above all what does not.

use super::*;

const PACKET: &str = "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>";

fn pixels(bytes: &[u8], media_type: MediaType) -> image::DynamicImage {
    decode(bytes, media_type, &Limits::default()).expect("a whole file").expect("a decoder")
}

/// The file without the one place where `new` stands in it.
fn without(bytes: &[u8], new: &[u8]) -> Vec<u8> {
    let at = bytes::find(bytes, new).expect("it was written");
    [&bytes[..at], &bytes[at + new.len()..]].concat()
}

#[test]
fn a_packet_goes_in_and_every_other_byte_stays() {
    let chunks = [png_chunk(b"tEXt", b"Comment\0kept"), png_chunk(b"eXIf", &exif(None)), png_chunk(b"prVt", b"own")];
    for png in [png_with(&chunks), png16(), palette_png()] {
        let written = write_xmp(&png, MediaType::Png, PACKET).expect("written");
        let chunk = png_chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", PACKET.as_bytes()].concat());
        assert!(written[33..].starts_with(&chunk), "behind the header");
        assert_eq!(without(&written, &chunk), png);
        assert_eq!(pixels(&written, MediaType::Png), pixels(&png, MediaType::Png));
    }
    let segments = [
        segment(0xE1, &[b"Exif\0\0", exif(None).as_slice()].concat()),
        segment(0xE2, b"ICC_PROFILE\0\x01\x01profile"),
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0part"),
        segment(0xFE, b"a comment"),
    ];
    for jpeg in [jpeg(), jpeg_with(&segments), cmyk_jpeg()] {
        let written = write_xmp(&jpeg, MediaType::Jpeg, PACKET).expect("written");
        let new = segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", PACKET.as_bytes()].concat());
        assert_eq!(without(&written, &new), jpeg);
        assert_eq!(read_xmp(&written, MediaType::Jpeg).expect("whole").as_deref(), Some(PACKET));
        check(&written, &Limits::default()).expect("whole");
    }
}

#[test]
fn in_a_jpeg_the_packet_stands_behind_jfif_and_exif() {
    let exif = segment(0xE1, &[b"Exif\0\0", exif(None).as_slice()].concat());
    let jpeg = jpeg_with(&[exif.clone(), segment(0xE2, b"ICC_PROFILE\0\x01\x01profile")]);
    let written = write_xmp(&jpeg, MediaType::Jpeg, PACKET).expect("written");
    let end_of_exif = bytes::find(&written, &exif).expect("kept") + exif.len();
    assert_eq!(written[end_of_exif + 4..].get(..28), Some(&b"http://ns.adobe.com/xap/1.0/"[..]));
}

#[test]
fn a_packet_that_is_there_is_replaced_and_a_second_one_goes() {
    let old = |text: &[u8]| [b"XML:com.adobe.xmp\0\0\0\0\0", text].concat();
    let png =
        png_with(&[png_chunk(b"iTXt", &old(b"one")), png_chunk(b"tIME", &[0; 7]), png_chunk(b"iTXt", &old(b"two"))]);
    let written = write_xmp(&png, MediaType::Png, PACKET).expect("written");
    let expected = png_with(&[png_chunk(b"iTXt", &old(PACKET.as_bytes())), png_chunk(b"tIME", &[0; 7])]);
    assert_eq!(written, expected);
    for (file, media_type) in [(jpeg(), MediaType::Jpeg), (webp(), MediaType::Webp), (extended_webp(), MediaType::Webp)]
    {
        let once = write_xmp(&file, media_type, "an older and longer packet").expect("written");
        let again = write_xmp(&once, media_type, PACKET).expect("written");
        assert_eq!(again, write_xmp(&file, media_type, PACKET).expect("written"), "{media_type}");
        assert_eq!(write_xmp(&again, media_type, PACKET).expect("written"), again, "{media_type}");
    }
}

#[test]
fn a_simple_webp_becomes_an_extended_one() {
    for (file, flags) in [(webp(), 0x14), (opaque_webp(), 0x04)] {
        let written = write_xmp(&file, MediaType::Webp, PACKET).expect("written");
        assert_eq!(&written[12..20], b"VP8X\x0A\0\0\0");
        assert_eq!(written[20], flags, "XMP, and alpha as in the picture");
        assert_eq!(dimensions(&written, MediaType::Webp), Some((WIDTH, HEIGHT)));
        assert_eq!(read_xmp(&written, MediaType::Webp).expect("whole").as_deref(), Some(PACKET));
        assert_eq!(written[30..30 + file.len() - 12], file[12..], "the picture chunk is the same");
        assert_eq!(pixels(&written, MediaType::Webp), pixels(&file, MediaType::Webp));
        check(&written, &Limits::default()).expect("whole");
    }
}

#[test]
fn an_extended_webp_keeps_its_chunks_and_flags() {
    let file = extended_webp();
    let written = write_xmp(&file, MediaType::Webp, PACKET).expect("written");
    let mut expected = without(&written, &riff_chunk(b"XMP ", PACKET.as_bytes()));
    assert_eq!(written[20], 0x3C, "profile, alpha, Exif, and now XMP");
    expected[20] = 0x38;
    expected[4..8].copy_from_slice(&file[4..8]);
    assert_eq!(expected, file);
    let animated = animated_webp();
    let written = write_xmp(&animated, MediaType::Webp, PACKET).expect("written");
    assert_eq!(written[20], 0x16);
    assert_eq!(pixels(&written, MediaType::Webp), pixels(&animated, MediaType::Webp));
}

#[test]
fn too_large_a_packet_for_a_jpeg_is_refused() {
    let largest = "x".repeat(65_502);
    let written = write_xmp(&dot_jpeg(), MediaType::Jpeg, &largest).expect("the largest fits");
    assert_eq!(read_xmp(&written, MediaType::Jpeg).expect("whole"), Some(largest.clone()));
    let error = write_xmp(&dot_jpeg(), MediaType::Jpeg, &(largest + "x")).map(drop).expect_err("one too many");
    assert_eq!(error.to_string(), "the XMP packet has 65503 bytes, and the JPEG file has room for at most 65502");
    let error = write_xmp(&gif(), MediaType::Gif, PACKET).expect_err("not built");
    assert_eq!(error.to_string(), "cannot write XMP into a GIF file: only JPEG, PNG and WebP are supported");
}

#[test]
fn a_compressed_packet_is_read_and_a_bomb_is_not() {
    let compressed = |text: &[u8]| {
        png_with(&[png_chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\x01\0\0\0".to_vec(), deflate(text)].concat())])
    };
    let read = read_xmp(&compressed(PACKET.as_bytes()), MediaType::Png).expect("whole");
    assert_eq!(read.as_deref(), Some(PACKET));
    let bomb = compressed(&vec![b' '; 20 << 20]);
    assert!(bomb.len() < 200_000);
    assert!(matches!(read_xmp(&bomb, MediaType::Png), Err(Error::TextTooLarge { limit: 16_777_216, .. })));
    let latin1 = png_with(&[png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0\xE9")]);
    assert!(matches!(read_xmp(&latin1, MediaType::Png), Err(Error::XmpNotUtf8 { .. })));
}

/// One JUMBF superbox of this type over two APP11 segments.
fn jumbf(instance: u8, kind: &[u8]) -> Vec<u8> {
    let uuid = [kind, b"\x00\x11\x00\x10\x80\x00\x00\xAA\x00\x38\x9B\x71"].concat();
    let description = part(b"jumd", &[uuid.as_slice(), b"\x03c2pa\0"].concat());
    let content = part(b"jumb", &[description, vec![7; 40]].concat());
    let header = |sequence: u8| [b'J', b'P', 0, instance, 0, 0, 0, sequence];
    let first = segment(0xEB, &[&header(1), &content[..50]].concat());
    [first, segment(0xEB, &[&header(2), &content[..8], &content[50..]].concat())].concat()
}

#[test]
fn only_the_manifest_is_removed() {
    // Another box may use the manifest's instance number again.
    let other = [jumbf(2, b"json"), jumbf(1, b"json")].concat();
    let note = segment(0xFE, b"a comment");
    let files = [
        (jpeg_with(&[jumbf(1, b"c2pa"), other.clone(), note.clone()]), jpeg_with(&[other, note]), MediaType::Jpeg),
        (
            png_with(&[png_chunk(b"caBX", b"manifest"), png_chunk(b"tEXt", b"Comment\0kept")]),
            png_with(&[png_chunk(b"tEXt", b"Comment\0kept")]),
            MediaType::Png,
        ),
        (riff(&[webp()[12..].to_vec(), riff_chunk(b"C2PA", b"store")]), webp(), MediaType::Webp),
    ];
    for (signed, plain, media_type) in files {
        assert!(has_manifest(&signed, media_type));
        assert!(!has_manifest(&plain, media_type));
        assert_eq!(remove_manifest(&signed, media_type).expect("whole"), plain, "{media_type}");
        assert_eq!(remove_manifest(&plain, media_type).expect("whole"), plain, "{media_type}");
    }
}

#[test]
fn a_manifest_is_seen_in_other_types_too() {
    let box_of_avif = part(b"uuid", b"\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81manifest");
    assert!(has_manifest(&[avif_header(4, 4), box_of_avif].concat(), MediaType::Avif));
    assert!(!has_manifest(&avif_header(4, 4), MediaType::Avif));
    let gif = gif();
    let end = gif.len() - 1;
    let with = [&gif[..end], b"\x21\xFF\x0BC2PA_GIF\x01\0\0\x02ab\0;"].concat();
    assert!(has_manifest(&with, MediaType::Gif));
    check(&with, &Limits::default()).expect("whole");
    assert!(!has_manifest(&gif, MediaType::Gif));
    assert!(!has_manifest(&tiff(), MediaType::Tiff));
}

#[test]
fn a_careless_website_leaves_profile_and_pixels() {
    let profile = segment(0xE2, b"ICC_PROFILE\0\x01\x01profile");
    let dirty = jpeg_with(&[
        segment(0xE1, &[b"Exif\0\0", exif(None).as_slice()].concat()),
        profile.clone(),
        jumbf(1, b"c2pa"),
        segment(0xED, b"Photoshop 3.0\0"),
        segment(0xFE, b"a comment"),
    ]);
    let dirty = [write_xmp(&dirty, MediaType::Jpeg, PACKET).expect("written"), b"trailing".to_vec()].concat();
    assert_eq!(strip_metadata(&dirty, MediaType::Jpeg).expect("whole"), jpeg_with(&[profile]));

    let kept = [png_chunk(b"iCCP", b"p\0\0"), png_chunk(b"gAMA", &[0, 0, 177, 143])];
    let gone = [png_chunk(b"caBX", b"m"), png_chunk(b"tEXt", b"Comment\0c"), png_chunk(b"eXIf", b"MM")];
    let dirty = [png_with(&[gone.as_slice(), &kept].concat()), b"trailing".to_vec()].concat();
    assert_eq!(strip_metadata(&dirty, MediaType::Png).expect("whole"), png_with(&kept));

    let dirty = [write_xmp(&extended_webp(), MediaType::Webp, PACKET).expect("written"), b"trailing".to_vec()].concat();
    let clean = strip_metadata(&dirty, MediaType::Webp).expect("whole");
    assert_eq!(clean[20], 0x30, "profile and alpha");
    assert!(bytes::contains(&clean, b"ICCP") && !bytes::contains(&clean, b"EXIF"));
    assert_eq!(pixels(&clean, MediaType::Webp), picture());
    check(&clean, &Limits::default()).expect("whole");
}
