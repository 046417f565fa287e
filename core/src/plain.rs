//! Text by strangers, made fit for a sentence: one line, no character that is not seen, no end that is not reached.

use std::borrow::Cow;

/// Stands for what is not shown.
const HIDDEN: char = '\u{fffd}';

/// The text with what nobody sees replaced, and cut after `longest` characters.
pub fn plain(text: &str, longest: usize) -> String {
    let mut plain: String = text.chars().take(longest).map(|c| if is_seen(c) { c } else { HIDDEN }).collect();
    if text.chars().nth(longest).is_some() {
        plain.push('…');
    }
    plain
}

/// The same JSON with what nobody sees written as `\u…` in its texts: a terminal obeys a control character in an answer to a program too, and JSON
/// itself asks for an escape of the first 32 alone.
pub fn json(text: &str) -> Cow<'_, str> {
    let is_shown = |c: char| c == '\n' || is_seen(c);
    if text.chars().all(is_shown) {
        return Cow::Borrowed(text);
    }
    let mut json = String::with_capacity(text.len());
    for c in text.chars() {
        if is_shown(c) {
            json.push(c);
        } else {
            json.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    Cow::Owned(json)
}

/// Not a control character, not one that turns the direction of writing, breaks lines or has no width.
fn is_seen(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_or_a_reader_does_not_see_comes_through() {
        for hidden in [
            "\0",
            "\r\n",
            "\u{1b}[2J",
            "\u{9b}2J",
            "\u{202e}",
            "\u{2066}",
            "\u{200b}",
            "\u{2028}",
            "\u{e0041}",
            "\u{61c}",
        ] {
            let shown = plain(&format!("a{hidden}b"), 80);
            assert!(!shown.contains(hidden), "{hidden:?}");
            assert!(shown.starts_with('a') && shown.ends_with('b') && shown.contains(HIDDEN), "{shown}");
        }
    }

    #[test]
    fn json_means_the_same_with_nothing_in_it_that_a_terminal_obeys() {
        let value = serde_json::json!({ "\u{9b}": ["\u{7f}\u{202e}\u{e0041}ä\u{1b}[2J\n", "é 山"] });
        for text in [value.to_string(), format!("{value:#}")] {
            let shown = json(&text);
            assert!(shown.chars().all(|c| c == '\n' || is_seen(c)), "{shown}");
            assert!(shown.contains("é 山") && shown.contains("\\udb40\\udc41"), "{shown}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"), value);
        }
    }

    #[test]
    fn what_is_long_is_cut_between_characters_and_what_is_not_is_left_alone() {
        assert_eq!(plain(&"ä".repeat(10_000), 3), "äää…");
        assert_eq!(plain("<b>Müller & 山田's \"AI\"</b>", 80), "<b>Müller & 山田's \"AI\"</b>");
    }
}
