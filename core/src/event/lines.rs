//! JSON Lines: one event a line.

use memchr::memchr_iter;
use rayon::prelude::*;

/// Lines that are not empty, each with its number from 1 on.
pub fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = 0;
    let lines = memchr_iter(b'\n', text).chain([text.len()]).filter_map(move |end| {
        let line = text.get(start..end);
        start = end + 1;
        line
    });
    (1..).zip(lines).filter(|(_, line)| !line.trim_ascii().is_empty())
}

/// Reads each line that is not empty, on all cores. Of those that are refused, the first is named, whichever was read first.
pub fn read<T: Send, E: Send>(text: &[u8], one: impl Fn(&[u8]) -> Result<T, E> + Sync) -> Result<Vec<T>, (usize, E)> {
    let lines: Vec<_> = lines(text).collect();
    let read: Vec<_> = lines.par_iter().map(|(number, line)| one(line).map_err(|error| (*number, error))).collect();
    read.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(line: &[u8]) -> Result<u32, String> {
        let text = String::from_utf8_lossy(line);
        text.trim().parse().map_err(|_| text.into_owned())
    }

    #[test]
    fn values_stand_in_the_order_of_their_lines_and_empty_lines_are_passed_over() {
        assert_eq!(read(b"3\n\n 1 \n \r\n2", number), Ok(vec![3, 1, 2]));
        assert_eq!(read(b"\n\n", number), Ok(Vec::new()));
    }

    #[test]
    fn the_first_line_that_is_refused_is_named_and_empty_lines_count() {
        assert_eq!(read(b"1\n\nx\ny\n", number), Err((3, "x".to_owned())));
        let mut many: Vec<String> = (0..10_000).map(|number| number.to_string()).collect();
        for at in [9_000, 700, 8_000] {
            many[at] = format!("no {at}");
        }
        assert_eq!(read(many.join("\n").as_bytes(), number), Err((701, "no 700".to_owned())));
    }
}
