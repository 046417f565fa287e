//! The demo's result as a table.

/// One thing that was done, and what came of it.
pub(super) struct Row {
    pub(super) what: String,
    pub(super) command: String,
    pub(super) found: String,
    pub(super) as_expected: bool,
}

impl Row {
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::json!({"done": self.what, "command": self.command, "found": self.found, "as_expected": self.as_expected})
    }
}

const LEFT: usize = 44;
const RIGHT: usize = 62;

/// Two columns that wrap, so that it fits a terminal of 110 characters.
pub(super) fn draw(rows: &[Row]) -> String {
    let rule = format!("├{}┼{}┤\n", "─".repeat(LEFT + 2), "─".repeat(RIGHT + 2));
    let mut text = format!("\n┌{}┬{}┐\n", "─".repeat(LEFT + 2), "─".repeat(RIGHT + 2));
    text += &line("what was done", "what touchmark found");
    for row in rows {
        text += &rule;
        let mark = if row.as_expected { "✓" } else { "✗ NOT AS EXPECTED:" };
        let (left, right) = (wrap(&row.what, LEFT), wrap(&format!("{mark} {}", row.found), RIGHT));
        for at in 0..left.len().max(right.len()) {
            text += &line(left.get(at).map_or("", String::as_str), right.get(at).map_or("", String::as_str));
        }
    }
    text + &format!("└{}┴{}┘", "─".repeat(LEFT + 2), "─".repeat(RIGHT + 2))
}

fn line(left: &str, right: &str) -> String {
    format!("│ {left:<LEFT$} │ {right:<RIGHT$} │\n")
}

/// Breaks at spaces; a word that is too long is cut.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        loop {
            let used = lines.last().map_or(0, |line| line.chars().count());
            let gap = usize::from(used > 0);
            if used + gap + word.len() <= width {
                if let Some(line) = lines.last_mut() {
                    line.extend(" ".chars().take(gap).chain(word.iter().copied()));
                }
                break;
            }
            if used > 0 {
                lines.push(String::new());
            } else {
                let rest = word.split_off(width);
                if let Some(line) = lines.last_mut() {
                    line.extend(word);
                }
                lines.push(String::new());
                word = rest;
            }
        }
    }
    lines
}
