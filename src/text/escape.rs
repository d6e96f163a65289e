//! Escapes that stand for something else: JSON and source strings, HTML.
//!
//! A text keeps its canonical form when it is put into a JSON string or an HTML page, once or several times over:
//!
//! * backslashes (one or more) before `n`, `r` or `t` are a gap, before `u` and four hexadecimal digits that character;
//! * `&name;`, `&#number;`, `&#xnumber;` are that character, however often the `&` was itself written as `&amp;`;
//! * `<br>`, `<br/>` and the like are a gap.
//!
//! Capitals are small letters here as everywhere, for a text in capitals has capitals in its escapes. All of these are read in
//! every text, on both sides alike: that `\nabla` loses its first letter costs nothing.

/// What stands at the beginning of a text: a character, or a gap; and how many bytes it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escape {
    /// The character that is meant; a space for a gap.
    pub meant: char,
    /// Bytes of the escape.
    pub bytes: usize,
}

/// The escape that a text begins with, if it does.
#[must_use]
pub fn escape_at(text: &str) -> Option<Escape> {
    match text.as_bytes().first()? {
        b'\\' => backslash(text),
        b'&' => entity(text),
        b'<' => line_break(text),
        _ => None,
    }
}

fn backslash(text: &str) -> Option<Escape> {
    let rest = text.trim_start_matches('\\');
    let before = text.len() - rest.len();
    match rest.as_bytes().first()? {
        b'n' | b'r' | b't' | b'N' | b'R' | b'T' => Some(Escape { meant: ' ', bytes: before + 1 }),
        b'u' | b'U' => {
            let high = hex4(rest.get(1..5)?)?;
            if let Some(meant) = char::from_u32(high) {
                return Some(Escape { meant, bytes: before + 5 });
            }
            // A pair of surrogates, each with its own backslashes.
            let low = rest.get(5..)?.trim_start_matches('\\');
            let between = rest.len() - 5 - low.len();
            let unit = low.strip_prefix(['u', 'U']).filter(|_| between > 0)?;
            let low = hex4(unit.get(..4)?)?;
            let meant = char::decode_utf16([high as u16, low as u16]).next()?.ok()?;
            Some(Escape { meant, bytes: before + 5 + between + 5 })
        }
        _ => None,
    }
}

fn hex4(digits: &str) -> Option<u32> {
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

/// The longest name or number of an entity.
const LONGEST_ENTITY: usize = 8;

fn entity(text: &str) -> Option<Escape> {
    let mut rest = text.get(1..)?;
    let is_amp = |rest: &str| rest.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("amp;"));
    while is_amp(rest) {
        rest = rest.get(4..)?;
    }
    let chained = text.len() - rest.len();
    let end = rest.bytes().take(LONGEST_ENTITY + 1).position(|byte| byte == b';');
    let meant = end.and_then(|end| named(rest.get(..end)?));
    match (meant, end) {
        (Some(meant), Some(end)) => Some(Escape { meant, bytes: chained + end + 1 }),
        _ => (chained > 1).then_some(Escape { meant: ' ', bytes: chained }),
    }
}

fn named(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']);
        return char::from_u32(hex.map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16)).ok()?);
    }
    // The small letters stand behind the capitals.
    if let Some(at) = LATIN_1.iter().rposition(|known| known.eq_ignore_ascii_case(name)) {
        return char::from_u32(0xA0 + at as u32);
    }
    let gaps =
        ["lt", "gt", "quot", "apos", "nbsp", "ndash", "mdash", "hellip", "lsquo", "rsquo", "ldquo", "rdquo", "bull"];
    gaps.iter().any(|gap| gap.eq_ignore_ascii_case(name)).then_some(' ')
}

/// Names of the characters from U+00A0 to U+00FF (HTML 4.01, section 24.2).
const LATIN_1: [&str; 96] = [
    "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo", "not", "shy",
    "reg", "macr", "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot", "cedil", "sup1", "ordm",
    "raquo", "frac14", "frac12", "frac34", "iquest", "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig",
    "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve",
    "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc", "Uuml", "Yacute", "THORN",
    "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil", "egrave", "eacute", "ecirc",
    "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml",
    "divide", "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
];

fn line_break(text: &str) -> Option<Escape> {
    let end = text.bytes().take(8).position(|byte| byte == b'>')?;
    let name = text.get(1..end)?.trim_matches(['/', ' ']);
    name.eq_ignore_ascii_case("br").then_some(Escape { meant: ' ', bytes: end + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_the_same_however_often_they_were_escaped() {
        for (text, meant, bytes) in [
            ("\\nx", ' ', 2),
            ("\\\\\\\\tx", ' ', 5),
            ("\\u00e9x", 'é', 6),
            ("\\\\u00e9x", 'é', 7),
            ("\\ud83d\\ude00x", '😀', 12),
            ("\\\\ud83d\\\\ude00x", '😀', 14),
            ("&lt;x", ' ', 4),
            ("&amp;lt;x", ' ', 8),
            ("&amp;amp;#x27;x", '\'', 14),
            ("&#233;x", 'é', 6),
            ("&eacute;x", 'é', 8),
            ("&EACUTE;x", 'é', 8),
            ("\\NX", ' ', 2),
            ("\\U00E9X", 'é', 6),
            ("&yuml;x", 'ÿ', 6),
            ("&QUOT;x", ' ', 6),
            ("&amp;x", ' ', 5),
            ("&amp; lt;", ' ', 5),
            ("<br>x", ' ', 4),
            ("<BR />x", ' ', 6),
            ("</br>", ' ', 5),
        ] {
            assert_eq!(escape_at(text), Some(Escape { meant, bytes }), "{text}");
        }
    }

    #[test]
    fn other_backslashes_ampersands_and_tags_are_no_escapes() {
        for text in [
            "\\",
            "\\x",
            "\\u12",
            "\\ud83dx",
            "\\ud83du0041",
            "&",
            "& lt;",
            "&foo;",
            "&#x110000;",
            "&lt",
            "<b>",
            "<br",
            "",
            "n",
            "&é;",
        ] {
            assert_eq!(escape_at(text), None, "{text}");
        }
    }
}
