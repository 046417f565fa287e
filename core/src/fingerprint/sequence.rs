//! ISCC units as bytes and text: the ISCC-SEQ that an `io.iscc.v0` soft binding carries (IEP-0020), and the canonical text.
//!
//! A unit is a header of four 4-bit fields (main type, subtype, version, length) and a body of 4 x (length + 1) bytes.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::Error;

/// Content-Code, image, version 0, 256 bits.
const IMAGE_HEADER: [u8; 2] = [0x21, 0x07];

/// A sequence of one unit.
pub(super) fn of_image_code(bits: &[u8; 32]) -> Vec<u8> {
    [&IMAGE_HEADER, bits.as_slice()].concat()
}

/// The body of the first 256-bit Image-Code among the units of a sequence. Units of other kinds and sizes are passed over.
pub(super) fn image_code(sequence: &[u8]) -> Result<&[u8], Error> {
    let mut rest = sequence;
    let mut units = 0_usize;
    while !rest.is_empty() {
        let refuse = |reason| Error::Sequence { reason, offset: sequence.len().saturating_sub(rest.len()) };
        let (header, behind) = rest.split_first_chunk::<2>().ok_or_else(|| refuse("a header is cut off"))?;
        let body_bytes = body_bytes(*header).map_err(refuse)?;
        let (body, behind) = behind.split_at_checked(body_bytes).ok_or_else(|| refuse("a body is cut off"))?;
        if *header == IMAGE_HEADER {
            return Ok(body);
        }
        rest = behind;
        units = units.saturating_add(1);
    }
    Err(Error::NoImageCode { units })
}

fn body_bytes([kind, size]: [u8; 2]) -> Result<usize, &'static str> {
    match (kind >> 4, kind & 15, size >> 4, size & 15) {
        (8.., ..) | (_, 8.., ..) | (_, _, 8.., _) | (.., 8..) => Err("a header field is above 7"),
        (5 | 6, ..) => Err("an ISCC-CODE or ISCC-ID stands in place of a unit"),
        (_, _, 1.., _) => Err("a unit is not of version 0"),
        (.., length) => Ok(usize::from(length).saturating_add(1).saturating_mul(4)),
    }
}

/// `ISCC:` and the unit in base32 without padding (RFC 4648).
pub(super) fn text(unit: &[u8]) -> String {
    let mut text = String::from("ISCC:");
    for group in unit.chunks(5) {
        let bits = (0..5).fold(0_u64, |bits, i| bits << 8 | u64::from(group.get(i).copied().unwrap_or(0)));
        let digits = group.len().saturating_mul(8).div_ceil(5);
        text.extend((0..8_u32).take(digits).map(|i| digit(bits >> 35_u32.saturating_sub(i.saturating_mul(5)))));
    }
    text
}

/// The lowest five bits.
fn digit(bits: u64) -> char {
    const DIGITS: [char; 32] = [
        'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V',
        'W', 'X', 'Y', 'Z', '2', '3', '4', '5', '6', '7',
    ];
    DIGITS.get((bits & 31) as usize).copied().unwrap_or('A')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(digits: &str) -> Vec<u8> {
        hex::decode(digits).expect("hexadecimal digits")
    }

    #[test]
    fn the_image_code_is_found_among_other_units() {
        let data = ["3007", &"11".repeat(32)].concat();
        let short_image = ["2101", &"22".repeat(8)].concat();
        let unknown_subtype = "270000000000";
        let image = ["2107", &"5a".repeat(32)].concat();
        let bytes = sequence(&[&data, &short_image, unknown_subtype, &image, &data].concat());
        assert_eq!(image_code(&bytes), Ok([0x5a; 32].as_slice()));
        assert_eq!(image_code(&of_image_code(&[0x5a; 32])), Ok([0x5a; 32].as_slice()));
    }

    #[test]
    fn a_sequence_without_a_full_image_code_says_how_many_units_it_has() {
        let data = ["3007", &"11".repeat(32)].concat();
        assert_eq!(image_code(&sequence(&[&*data, "270000000000"].concat())), Err(Error::NoImageCode { units: 2 }));
        assert_eq!(image_code(&[]), Err(Error::NoImageCode { units: 0 }));
    }

    #[test]
    fn bytes_that_are_no_sequence_are_refused_with_the_place() {
        let cases = [
            ("28000100000000", "a header field is above 7", 0),
            ("2008000000000000", "a header field is above 7", 0),
            ("3000000000", "a body is cut off", 0),
            ("30000000000000", "a header is cut off", 6),
            ("500000000000", "an ISCC-CODE or ISCC-ID stands in place of a unit", 0),
            ("300000000000601000000000", "an ISCC-CODE or ISCC-ID stands in place of a unit", 6),
            ("211700000000", "a unit is not of version 0", 0),
        ];
        for (digits, reason, offset) in cases {
            assert_eq!(image_code(&sequence(digits)), Err(Error::Sequence { reason, offset }), "{digits}");
        }
    }
}
