//! Bytes from anyone: every answer is fine but a panic.

use proptest::prelude::*;

use super::*;

const ALL: [MediaType; 12] = [
    MediaType::Jpeg,
    MediaType::Png,
    MediaType::Webp,
    MediaType::Gif,
    MediaType::Tiff,
    MediaType::Avif,
    MediaType::Svg,
    MediaType::Heic,
    MediaType::Heif,
    MediaType::Jxl,
    MediaType::Dng,
    MediaType::Pdf,
];

/// Calls everything for one type; what holds of every answer is asserted.
fn call_all(bytes: &[u8], media_type: MediaType) {
    let limits = Limits { max_bytes: 1 << 20, max_pixels: 1 << 16 };
    let checked = check(bytes, &limits);
    assert_eq!(checked.as_ref().ok().copied(), MediaType::sniff(bytes).filter(|_| checked.is_ok()));
    let _: Option<(u32, u32)> = dimensions(bytes, media_type);
    let _: bool = has_manifest(bytes, media_type);
    drop(read_xmp(bytes, media_type));
    drop(generator::read(bytes, media_type));
    if let Ok(written) = write_xmp(bytes, media_type, "packet") {
        assert_eq!(read_xmp(&written, media_type).ok().flatten().as_deref(), Some("packet"));
    }
    if let Ok(removed) = remove_manifest(bytes, media_type) {
        assert!(!has_manifest(&removed, media_type));
    }
    if let Ok(stripped) = strip_metadata(bytes, media_type) {
        assert!(matches!(read_xmp(&stripped, media_type), Ok(None)));
    }
    assert!(pixel_byte_offset(bytes, media_type).is_none_or(|at| at < bytes.len()));
    drop(decode(bytes, media_type, &limits));
}

fn good_files() -> Vec<Vec<u8>> {
    let jpeg = jpeg_with(&[segment(0xE1, &[b"Exif\0\0", exif(None).as_slice()].concat())]);
    let mut files = vec![jpeg, png(), palette_png(), extended_webp(), animated_webp(), animated_gif()];
    files.extend([webp(), tiff(), dng(), avif_header(4, 4), svg()]);
    files
}

#[test]
fn a_file_cut_at_any_length_is_refused() {
    for file in [jpeg(), dot_jpeg(), png(), palette_png(), webp(), extended_webp(), gif(), animated_gif()] {
        for length in 0..file.len() {
            assert!(check(&file[..length], &Limits::default()).is_err(), "{length} of {}", file.len());
        }
        check(&file, &Limits::default()).expect("whole");
    }
}

#[test]
fn a_file_cut_at_any_length_panics_nowhere() {
    for file in good_files() {
        let media_type = MediaType::sniff(&file).expect("a known type");
        for length in (0..file.len()).filter(|length| *length < 200 || length % 37 == 0) {
            call_all(&file[..length], media_type);
        }
    }
}

/// A good file with some bytes changed.
fn broken_file() -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8);
    (prop::sample::select(good_files()), edits).prop_map(|(mut file, edits)| {
        for (index, value) in edits {
            let at = index.index(file.len());
            file[at] = value;
        }
        file
    })
}

/// Random bytes behind the start of a known type.
fn random_file() -> impl Strategy<Value = Vec<u8>> {
    let starts: [&[u8]; 10] = [
        b"",
        b"\xFF\xD8\xFF",
        b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR",
        b"RIFF\x40\0\0\0WEBPVP8X",
        b"RIFF\x40\0\0\0WEBPVP8L",
        b"GIF89a",
        b"II\x2A\0\x08\0\0\0",
        b"MM\0\x2B\0\x08\0\0\0\0\0\0\0\x10",
        b"\0\0\0\x14ftypavif",
        b"<svg ",
    ];
    let tail = prop::collection::vec(any::<u8>(), 0..256);
    (prop::sample::select(starts.to_vec()), tail).prop_map(|(start, tail)| [start, &tail].concat())
}

proptest! {
    #[test]
    fn changed_files_panic_nowhere(file in broken_file()) {
        if let Some(media_type) = MediaType::sniff(&file) {
            call_all(&file, media_type);
        }
    }

    #[test]
    fn random_files_panic_nowhere(file in random_file()) {
        for media_type in ALL {
            call_all(&file, media_type);
        }
    }

    #[test]
    fn random_packets_panic_nowhere(packet in "[<>/&;:=\"' a-zA-Z0-9\\[\\]!?-]{0,200}") {
        let property = xmp::Property::ai_system_used("x");
        drop(xmp::merge(Some(&packet), &[property]));
    }

    #[test]
    fn any_value_comes_back_from_a_packet(value in "[^\\x00-\\x1F\\x7F-\\x9F\u{FFFE}\u{FFFF}]{0,40}") {
        let packet = xmp::merge(None, &[xmp::Property::ai_system_used(&value)]).expect("merged");
        let read = xmp::value(&packet, xmp::IPTC_EXT, "AISystemUsed").expect("well-formed");
        prop_assert_eq!(read, Some(value));
    }
}

/// A TIFF header, then directories from byte 8 on that each name the one behind them and a list of `children` others: all the first.
fn nested_tiff(directories: u32, children: u32) -> Vec<u8> {
    let list = 8 + directories * 18;
    let mut file = [b"II*\0".as_slice(), &8_u32.to_le_bytes()].concat();
    for number in 1..=directories {
        let next = if number == directories { 0 } else { 8 + number * 18 };
        file.extend([&1_u16.to_le_bytes()[..], &330_u16.to_le_bytes(), &4_u16.to_le_bytes()].concat());
        file.extend([children, list, next].map(u32::to_le_bytes).concat());
    }
    file.extend(8_u32.to_le_bytes().repeat(children as usize));
    file
}

#[test]
fn a_tiff_file_that_leads_a_reader_in_circles_is_refused_before_it_is_read() {
    for file in [nested_tiff(1000, 5000), nested_tiff(1, 2), nested_tiff(10_001, 0)] {
        let error = recognise(&file, &Limits::default()).expect_err("endless").to_string();
        assert_eq!(error, "the TIFF file leads to more than 10000 directories: no picture has so many");
    }
    recognise(&nested_tiff(10_000, 0), &Limits::default()).expect("a long document");
}
