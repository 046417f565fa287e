//! What a file is made of, read by a few lines of its own: chunks of PNG and WebP, segments of JPEG, blocks behind them.

use flate2::Crc;
use touchmark_core::media::MediaType;

/// A part with its name; `pixels` is everything from the first scan of a JPEG on.
pub(crate) type Part = (String, Vec<u8>);

pub(crate) fn parts(file: &[u8]) -> Vec<Part> {
    match MediaType::sniff(file) {
        Some(MediaType::Jpeg) => jpeg(file),
        Some(MediaType::Png) => png(file),
        Some(MediaType::Webp) => webp(file),
        other => panic!("no parts are read of {other:?}"),
    }
}

/// The parts that are neither the manifest nor the XMP packet, nor the flags that say whether there is one.
pub(crate) fn others(file: &[u8]) -> Vec<Part> {
    let is_ours = |(name, bytes): &Part| {
        let xmp = [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), b"XML:com.adobe.xmp\0"];
        ["EB", "caBX", "C2PA", "XMP ", "VP8X"].contains(&name.as_str())
            || xmp.iter().any(|keyword| bytes.starts_with(keyword))
    };
    parts(file).into_iter().filter(|part| !is_ours(part)).collect()
}

fn jpeg(file: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 2;
    while file[at + 1] != 0xda {
        let length = usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        parts.push((format!("{:02X}", file[at + 1]), file[at + 4..at + 2 + length].to_vec()));
        at += 2 + length;
    }
    parts.push(("pixels".to_owned(), file[at..].to_vec()));
    parts
}

fn png(file: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = &file[8..];
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        parts.push((String::from_utf8_lossy(&head[4..]).into_owned(), body[..length].to_vec()));
        rest = &body[length + 4..];
    }
    parts
}

fn webp(file: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = &file[12..];
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        parts.push((String::from_utf8_lossy(&head[..4]).into_owned(), body[..length].to_vec()));
        rest = &body[(length + length % 2).min(body.len())..];
    }
    parts
}

/// A PNG of these chunks.
pub(crate) fn write_png(chunks: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in chunks {
        let mut crc = Crc::new();
        crc.update(kind.as_bytes());
        crc.update(content);
        file.extend(u32::try_from(content.len()).expect("small").to_be_bytes());
        file.extend(kind.as_bytes());
        file.extend(content);
        file.extend(crc.sum().to_be_bytes());
    }
    file
}

/// A WebP of these chunks.
pub(crate) fn write_webp(chunks: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let body = chunks.iter().flat_map(|(kind, content)| riff_chunk(kind, content)).collect::<Vec<_>>();
    let length = u32::try_from(body.len() + 4).expect("small").to_le_bytes();
    [b"RIFF".as_slice(), &length, b"WEBP", &body].concat()
}

pub(crate) fn riff_chunk(kind: &str, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("small").to_le_bytes();
    let padding = vec![0; content.len() % 2];
    [kind.as_bytes(), &length, content, &padding].concat()
}

/// A JPEG segment.
pub(crate) fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).expect("small").to_be_bytes();
    [&[0xff, marker], length.as_slice(), content].concat()
}

/// The file with `insert` at `at`.
pub(crate) fn inserted(file: &[u8], at: usize, insert: &[u8]) -> Vec<u8> {
    [&file[..at], insert, &file[at..]].concat()
}

/// Whether `whole` is `part` with something inserted in one place.
pub(crate) fn is_one_insertion(part: &[u8], whole: &[u8]) -> bool {
    let front = part.iter().zip(whole).take_while(|(a, b)| a == b).count();
    let back = part.iter().rev().zip(whole.iter().rev()).take_while(|(a, b)| a == b).count();
    whole.len() > part.len() && front + back >= part.len()
}
