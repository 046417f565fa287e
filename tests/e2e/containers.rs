//! Files whose containers lie: about lengths, numbers of parts, and what comes out of compression. Looked at, each within 300 MB of memory, and the
//! program says something about each of them.

use std::io::Write as _;
use std::process::Command;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use touchmark_core::media::MediaType;

use crate::bound::{of_one, picture};
use crate::forge::{Assertion, Forge, Manifest, boxed, created, kind};
use crate::program::Scratch;

/// What one file may take, in kilobytes: `ulimit -d`.
const MEMORY: &str = "300000";

fn deflate(length: usize, byte: u8) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![byte; length]).expect("in memory");
    packed.finish().expect("in memory")
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(content);
    [&(content.len() as u32).to_be_bytes(), kind.as_slice(), content, &crc.sum().to_be_bytes()].concat()
}

/// A small PNG with one more chunk behind its header.
fn png(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let file = picture(MediaType::Png);
    [&file[..33], &chunk(kind, content), &file[33..]].concat()
}

fn gif(extension: &[u8]) -> Vec<u8> {
    let file = picture(MediaType::Gif);
    let colours = 3 << ((file[10] & 7) + 1);
    let at = 13 + if file[10] & 0x80 == 0 { 0 } else { colours };
    [&file[..at], extension, &file[at..]].concat()
}

fn riff(size: u32, chunk: u32) -> Vec<u8> {
    let mut file = picture(MediaType::Webp);
    file[4..8].copy_from_slice(&size.to_le_bytes());
    file[16..20].copy_from_slice(&chunk.to_le_bytes());
    file
}

fn jpeg(segments: &[u8]) -> Vec<u8> {
    let file = picture(MediaType::Jpeg);
    [&file[..2], segments, &file[2..]].concat()
}

/// A TIFF with a directory of so many entries, of which one is there.
fn tiff(entries: u16, count: u32, offset: u32, next: u32) -> Vec<u8> {
    let entry = [&0xcd41_u16.to_le_bytes()[..], &1_u16.to_le_bytes(), &count.to_le_bytes(), &offset.to_le_bytes()];
    [b"II*\0\x08\0\0\0".as_slice(), &entries.to_le_bytes(), &entry.concat(), &next.to_le_bytes()].concat()
}

/// A TIFF of the large kind with a directory of that many entries.
fn big_tiff(entries: u64) -> Vec<u8> {
    [b"II+\0\x08\0\0\0".as_slice(), &16_u64.to_le_bytes(), &entries.to_le_bytes(), &[0; 40]].concat()
}

/// An AVIF with these boxes behind its first.
fn avif(boxes: &[Vec<u8>]) -> Vec<u8> {
    [boxed(b"ftyp", b"avif\0\0\0\0avifmif1miaf"), boxes.concat()].concat()
}

fn of_64_bits(kind: &[u8; 4], length: u64) -> Vec<u8> {
    [&1_u32.to_be_bytes(), kind.as_slice(), &length.to_be_bytes(), &[0; 32]].concat()
}

fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    const XMP: &[u8] = b"XML:com.adobe.xmp\0\x01\0\0\0";
    let iloc = [b"\x02\0\0\0\x88\x80".as_slice(), &u32::MAX.to_be_bytes(), &[0xff; 64]].concat();
    let app11 = |length: u32| {
        [b"\xff\xeb\x00\x22JP\0\x01\0\0\0\x01".as_slice(), &length.to_be_bytes(), b"jumb", &[0; 16]].concat()
    };
    vec![
        ("itxt-bomb.png", png(b"iTXt", &[XMP, &deflate(400 << 20, b' ')].concat())),
        ("ztxt-bomb.png", png(b"zTXt", &[b"Comment\0\0".as_slice(), &deflate(400 << 20, b'x')].concat())),
        ("iccp-bomb.png", png(b"iCCP", &[b"profile\0\0".as_slice(), &deflate(400 << 20, 0)].concat())),
        ("itxt-of-nothing.png", png(b"iTXt", b"XML:com.adobe.xmp")),
        ("itxt-without-end.png", png(b"iTXt", b"XML:com.adobe.xmp\0\x01")),
        ("chunk-of-4-gib.png", [&picture(MediaType::Png)[..33], &[0xff, 0xff, 0xff, 0xff], b"caBX"].concat()),
        ("store-of-nothing.png", png(b"caBX", b"")),
        ("xmp-without-end.gif", gif(b"\x21\xff\x0bXMP DataXMP<x:xmpmeta")),
        ("store-without-end.gif", gif(b"\x21\xff\x0bC2PA_GIF\x01\x00\x00\xff")),
        ("riff-of-4-gib.webp", riff(u32::MAX, 20)),
        ("riff-of-nothing.webp", riff(0, 20)),
        ("chunk-of-4-gib.webp", riff(100, u32::MAX)),
        ("segment-of-nothing.jpg", jpeg(b"\xff\xeb\x00\x00")),
        ("segment-of-one.jpg", jpeg(b"\xff\xeb\x00\x01JP")),
        ("box-of-4-gib.jpg", jpeg(&app11(u32::MAX))),
        ("box-of-nothing.jpg", jpeg(&app11(0))),
        ("five-thousand-segments.jpg", jpeg(&app11(40).repeat(5000))),
        ("directory-of-65535.tiff", tiff(u16::MAX, 1, 0, 0)),
        ("directory-in-a-circle.tiff", tiff(1, 1, 0, 8)),
        ("store-of-4-gib.tiff", tiff(1, u32::MAX, 26, 0)),
        ("store-at-the-end-of-the-world.tiff", tiff(1, 100, u32::MAX, 0)),
        ("directory-of-2-to-the-62.tiff", big_tiff(1 << 62)),
        ("box-of-2-to-the-63.avif", avif(&[of_64_bits(b"mdat", 1 << 63)])),
        ("box-of-15-in-64-bits.avif", avif(&[of_64_bits(b"meta", 15)])),
        ("store-of-2-to-the-40.avif", avif(&[of_64_bits(b"uuid", 1 << 40)])),
        ("iloc-of-4-billion.avif", avif(&[boxed(b"meta", &[&[0; 4], boxed(b"iloc", &iloc).as_slice()].concat())])),
        ("stco-of-4-billion.avif", avif(&[boxed(b"moov", &boxed(b"stco", &[0, 0, 0, 0, 255, 255, 255, 255]))])),
        (
            "meta-in-meta.avif",
            avif(&[(0..5000).fold(Vec::new(), |inner, _| boxed(b"meta", &[&[0; 4], inner.as_slice()].concat()))]),
        ),
    ]
}

/// A signed picture whose thumbnail would be of 400 million pixels.
fn with_a_thumbnail_that_is_a_bomb() -> Vec<u8> {
    let size = 20_000_u32.to_be_bytes();
    let header = chunk(b"IHDR", &[size.as_slice(), &size, &[8, 0, 0, 0, 0]].concat());
    let pixels = chunk(b"IDAT", &deflate(20_001 * 20_000, 0));
    let bomb = [b"\x89PNG\r\n\x1a\n".as_slice(), &header, &pixels, &chunk(b"IEND", b"")].concat();
    // An embedded file: what it is, and its bytes (ISO 19566-5, B.3).
    let content = [boxed(b"bfdb", b"\0image/png\0"), boxed(b"bidb", &bomb)].concat();
    let file = [0x40, 0xcb, 0x0c, 0x32, 0xbb, 0x8a, 0x48, 0x9d, 0xa7, 0x0b, 0x2a, 0xd6, 0xf4, 0x7f, 0x43, 0x69];
    let thumbnail = Assertion { label: "c2pa.thumbnail.claim".to_owned(), kind: file, content };
    assert_ne!(thumbnail.kind, kind(b"cbor"));
    of_one(&Forge::new(), MediaType::Png, &Manifest::new(vec![created(), thumbnail]))
}

/// What `verify` answers under the limit for memory: its exit code and its words.
fn answer(scratch: &Scratch, name: &str, file: &[u8]) -> (Option<i32>, String) {
    std::fs::write(scratch.path(name), file).expect("written");
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        "ulimit -d $1; shift; exec \"$@\"",
        "sh",
        MEMORY,
        env!("CARGO_BIN_EXE_touchmark"),
        "verify",
        name,
    ]);
    shell.env("TOUCHMARK_HOME", scratch.path("home")).current_dir(scratch.path("."));
    let run = shell.output().expect("a shell");
    let words = [run.stdout, run.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    (run.status.code(), words)
}

#[test]
fn a_container_that_lies_is_looked_at_in_little_memory_and_something_is_said_of_it() {
    let scratch = Scratch::new();
    for (name, file) in hostile() {
        assert!(file.len() < 1 << 20, "{name}: it is small itself, not {} bytes", file.len());
        let (code, words) = answer(&scratch, name, &file);
        assert!(matches!(code, Some(1 | 2)), "{name}: {code:?}: {words}");
        assert!(words.contains(name) && !words.contains("panicked"), "{name}: {words}");
    }
}

#[test]
fn nobody_looks_into_a_thumbnail() {
    let scratch = Scratch::new();
    let (code, words) = answer(&scratch, "thumbnail.png", &with_a_thumbnail_that_is_a_bomb());
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("The Content Credentials are intact"), "{words}");
}
