//! Numbers and foreign text as people can read them safely.

/// A number with its thousands apart: `1,234,567`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// So many of something: `1 record`, `1,234 records`.
#[must_use]
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Bytes in the largest unit that leaves a whole part: `4.2 MB` (powers of 1,000).
#[must_use]
pub fn size(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, "B");
    for larger in ["kB", "MB", "GB", "TB", "PB"] {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") }
}

/// Whether a character could act on a terminal, or hide or reorder text, instead of being shown.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Foreign text on one line, without anything that a terminal would act on: such characters are written as `\u{1b}`.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hostile(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// JSON with such characters, which in JSON stand in strings only, in JSON's own notation.
#[must_use]
pub fn escape_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_hostile(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out += &format!("\\u{unit:04x}"));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_sizes_scaled() {
        assert_eq!(
            ["0", "999", "1,000", "1,234,567"],
            [0, 999, 1000, 1_234_567].map(count).each_ref().map(String::as_str)
        );
        assert_eq!([0, 1, 2000].map(|n| counted(n, "record")), ["0 records", "1 record", "2,000 records"]);
        assert_eq!(size(999), "999 B");
        assert_eq!(size(1000), "1.0 kB");
        assert_eq!(size(4_249_000_000), "4.2 GB");
        assert_eq!(size(999_999), "1.0 MB");
    }

    #[test]
    fn nothing_that_a_terminal_acts_on_is_left() {
        let text = "a\u{9b}\u{202E}\u{E0041}\n\u{1b}é";
        let json = escape_json(&serde_json::to_string_pretty(&[text]).unwrap());
        assert!(json.lines().all(|line| escape(line) == line), "{json}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&json).unwrap(), [text]);
        assert_eq!(escape("a\x1b[31m\u{202E}b\r\n\u{9b}é漢"), "a\\u{1b}[31m\\u{202e}b\\r\\n\\u{9b}é漢");
    }
}
