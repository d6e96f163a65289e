//! A copy in disguise, put into another text: the span is the copy, to the byte, and all its words agree.

use crate::built;
use crate::texts::Random;
use icu_normalizer::DecomposingNormalizerBorrowed;
use std::fmt::Write;

const PASSAGE: &str = "Crème brûlée begins with heavy cream, \"whole\" vanilla and egg yolks.\nHeat the cream slowly; don't let \
    it boil — that would scramble the yolks & ruin the texture.\n\nWhisk sugar into the yolks, pour the naïve mixture through a \
    sieve, then bake it in a bath of water until the custard barely trembles in the middle of its dish";

type Disguise = fn(&str) -> String;

const DISGUISES: [(&str, Disguise); 17] = [
    ("none", str::to_owned),
    ("upper case", str::to_uppercase),
    ("wrapped", |text| text.replace(' ', "\r\n")),
    ("quoted", |text| text.replace('\n', "\n> ")),
    ("one line", |text| text.split_whitespace().collect::<Vec<_>>().join(" ")),
    ("markdown", |text| text.replace("cream", "**cream**").replace("yolks", "`yolks`")),
    ("smart quotes", |text| text.replace("\"whole\"", "“whole”").replace('\'', "’").replace('—', "--")),
    ("zero-width marks", |text| text.chars().flat_map(|c| [c, '\u{200B}']).collect()),
    ("soft hyphens", |text| text.replace("cre", "c\u{AD}re").replace("the", "th\u{AD}e")),
    ("bidi marks", |text| text.replace(' ', " \u{202A}\u{200F}")),
    ("decomposed", |text| DecomposingNormalizerBorrowed::new_nfd().normalize(text).into_owned()),
    ("full width", |text| text.chars().map(full_width).collect()),
    ("no accents", |text| text.replace('è', "e").replace('û', "u").replace('é', "e").replace('ï', "i")),
    ("homoglyphs", |text| {
        text.replace('a', "а").replace('e', "е").replace('o', "о").replace('p', "р").replace('c', "с")
    }),
    ("JSON", |text| json(text)),
    ("JSON in JSON", |text| json(&json(text))),
    ("HTML", html),
];

fn full_width(c: char) -> char {
    if c.is_ascii_alphanumeric() { char::from_u32(c as u32 + 0xFEE0).unwrap() } else { c }
}

/// As the inside of a JSON string of ASCII.
fn json(text: &str) -> String {
    let mut out = String::new();
    for c in serde_json::to_string(text).unwrap().trim_matches('"').chars() {
        if c.is_ascii() {
            out.push(c)
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|u| write!(out, "\\u{u:04x}").unwrap())
        }
    }
    out
}

fn html(text: &str) -> String {
    let named = text.replace('&', "&amp;").replace('"', "&quot;").replace('\'', "&#x27;").replace('—', "&mdash;");
    named
        .replace('è', "&egrave;")
        .replace('û', "&#251;")
        .replace('é', "&eacute;")
        .replace('ï', "&#xEF;")
        .replace('\n', "<br>\n")
}

/// A reference that holds the passage, the passage's place in it, and texts to stand around a copy.
fn world() -> (String, usize, [String; 2]) {
    let mut random = Random(8);
    let (before, after) = (random.prose(40), random.prose(40));
    let reference = format!("{before}\n\n{PASSAGE}\n\n{after}");
    (reference, before.len() + 2, [random.prose(70), random.prose(90)])
}

#[test]
fn spans_are_exact_through_all_disguises() {
    let (reference, at, [left, right]) = world();
    let index = built(&[&reference], 1);
    for (name, disguise) in DISGUISES {
        let copy = disguise(PASSAGE);
        let record = format!("{left}\n\n{copy}\n\n{right}");
        let found = index.find(&record);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        let hidden = |c: char| !c.is_alphanumeric();
        let span = &record[found[0].record_span.clone()];
        assert_eq!(span.trim_matches(hidden), copy.trim_matches(hidden), "{name}");
        assert!(
            found[0].record_span.start >= left.len() && found[0].record_span.end <= record.len() - right.len(),
            "{name}"
        );
        assert_eq!(found[0].reference_span, at..at + PASSAGE.len(), "{name}");
        assert_eq!((found[0].agreement, found[0].gaps), (1.0, 0), "{name}: {:?}", found[0]);
    }
}

/// The same the other way round: the reference is disguised, the record plain.
#[test]
fn disguised_references_are_found_in_plain_records() {
    let (_, _, [left, right]) = world();
    for (name, disguise) in DISGUISES {
        let reference = disguise(PASSAGE);
        let record = format!("{left}\n\n{PASSAGE}\n\n{right}");
        let found = built(&[&reference], 1).find(&record);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert_eq!(&record[found[0].record_span.clone()], PASSAGE, "{name}");
        assert_eq!(found[0].agreement, 1.0, "{name}");
    }
}
