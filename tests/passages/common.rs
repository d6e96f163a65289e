//! Common text is no evidence: background, built-in texts, prompts, imports, text without information.

use crate::texts::Random;
use crate::{built, with_background};

const MIT: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated \
documentation files (the \"Software\"), to deal in the Software without restriction, including without limitation the rights \
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to \
whom the Software is furnished to do so, subject to the following conditions:\n\nThe above copyright notice and this permission \
notice shall be included in all copies or substantial portions of the Software.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT \
WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A \
PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR \
OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE \
OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.";

#[test]
fn what_two_documents_of_the_background_have_is_no_evidence_and_what_one_has_is() {
    let mut random = Random(9);
    let [answer, other, host] = [80, 80, 40].map(|count| random.prose(count));
    let record = format!("{host}\n{answer}\n{host}");
    let documents = [format!("{other} {answer} {host}"), format!("{host} {answer}"), other];
    let matches = |background: &[&str]| with_background(&[(&answer, "")], background, 1).find(&record).len();
    assert_eq!(matches(&[&documents[0]]), 1);
    assert_eq!(matches(&[&documents[0], &documents[2]]), 1);
    assert_eq!(matches(&[&documents[0], &documents[1]]), 0);
    // One document that repeats it is still one.
    assert_eq!(matches(&[&format!("{answer}\n{answer}\n{answer}")]), 1);
}

#[test]
fn of_half_common_references_the_other_half_is_evidence() {
    let mut random = Random(10);
    let [common, own, host] = [80, 80, 40].map(|count| random.prose(count));
    let index = with_background(&[(&format!("{common}\n{own}"), "")], &[&common, &common], 1);
    assert!(index.find(&format!("{host}\n{common}\n{host}")).is_empty());
    let record = format!("{host}\n{own}\n{host}");
    assert_eq!(index.find(&record).iter().map(|found| &record[found.record_span.clone()]).collect::<Vec<_>>(), [own]);
}

/// Ways to write a header.
pub(crate) fn headers(year: &str, holder: &str) -> Vec<String> {
    let text = format!("Copyright (c) {year} {holder}\n\n{MIT}\n");
    let wrapped = text.replace(", ", ",\n");
    let each = |start: &str| wrapped.lines().map(|line| format!("{start}{line}\n")).collect::<String>();
    vec![
        text.clone(),
        format!("The MIT License (MIT)\n\n{text}"),
        each("# "),
        each("// "),
        format!("/*\n{} */\n", each(" * ")),
    ]
}

#[test]
fn a_licence_with_an_own_copyright_line_matches_in_no_other_file_whatever_follows() {
    let mut random = Random(11);
    for (ours, theirs) in headers("2024", "Ann Author").iter().zip(headers("2019-2021", "Example Corporation")) {
        let (code, other) = (random.prose(60), random.prose(70));
        let index = built(&[ours, &format!("{ours}\n{code}")], 1);
        for record in [theirs.clone(), format!("{theirs}\n{other}"), format!("{other}\n{theirs}")] {
            assert!(index.find(&record).is_empty(), "{:?}\n{record}", index.find(&record));
        }
        assert_eq!(index.find(&format!("{theirs}{code}")).len(), 1, "what follows the header is evidence");
    }
}

#[test]
fn what_an_answer_repeats_of_its_prompt_is_no_evidence() {
    let mut random = Random(12);
    let [prompt, answer, host] = [70, 60, 40].map(|count| random.prose(count));
    let text = format!("{prompt}\n\n{answer}");
    let index = with_background(&[(&text, &prompt)], &[], 1);
    assert!(index.find(&format!("{host}\n{prompt}\n{host}")).is_empty());
    assert!(index.find(&prompt).is_empty(), "the prompt alone");
    assert_eq!(index.find(&format!("{host}\n{answer}")).len(), 1);
    assert_eq!(built(&[&text], 1).find(&prompt).len(), 1, "evidence where the prompt is not known");
}

#[test]
fn equal_import_blocks_are_no_evidence() {
    let mut random = Random(13);
    let lines = |random: &mut Random, line: fn([String; 3]) -> String| -> String {
        (0..25).map(|_| line([random.word(), random.word(), random.word()]) + "\n").collect()
    };
    let blocks = [
        lines(&mut random, |[a, b, c]| format!("from {a}.{b} import {c}")),
        lines(&mut random, |[a, b, c]| format!("use {a}::{b}::{c};")),
        lines(&mut random, |[a, b, c]| format!("#include <{a}/{b}_{c}.h>")),
        lines(&mut random, |[a, b, c]| format!("import {{ {a}, {b} }} from '{c}';")),
    ];
    for block in blocks {
        let [ours, theirs] = [60, 80].map(|count| random.prose(count));
        let index = built(&[&format!("{block}\n{ours}")], 1);
        assert!(index.find(&format!("{block}\n{theirs}")).is_empty(), "{block}");
        assert_eq!(index.find(&format!("{block}\n{ours} {theirs}")).len(), 1);
    }
}

#[test]
fn text_without_information_is_no_evidence() {
    let mut random = Random(14);
    let numbers: String = (0..120).map(|_| format!("{}, ", random.below(100_000))).collect();
    let hex: String = (0..60).map(|_| format!("0x{:06x} ", random.below(1 << 24))).collect();
    let poor = ["na ".repeat(200), "|---".repeat(100), "TODO fix this ".repeat(60), numbers, hex];
    for text in poor {
        let index = built(&[&format!("{text}\n{}", random.prose(40))], 1);
        let record = format!("{}\n{text}\n{}", random.prose(40), random.prose(40));
        assert!(index.find(&record).is_empty(), "{:?} {text}", index.find(&record));
    }
}

#[test]
fn a_licence_of_one_holder_matches_in_no_file_of_that_holder() {
    let mut random = Random(55);
    for licence in headers("2024", "Ann Author") {
        let index = built(&[&licence], 1);
        for record in [licence.clone(), format!("{licence}\n{}", random.prose(100))] {
            assert!(index.find(&record).is_empty(), "{:?}\n{record}", index.find(&record));
        }
    }
}

#[test]
fn lists_that_everybody_knows_are_no_evidence() {
    let mut random = Random(56);
    for (reference, record) in [
        (
            r#"var month = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October"];"#,
            "'january', 'february', 'march', 'april', 'may', 'june', 'july',\n  'august', 'september', 'october'",
        ),
        (
            "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday",
            "MONDAY | TUESDAY | WEDNESDAY | THURSDAY | FRIDAY",
        ),
        (
            "one two three four five six seven eight nine ten eleven twelve",
            "three, four, five, six, seven, eight, nine, ten, eleven",
        ),
    ] {
        let index = built(&[&format!("{}\n{reference}\n{}", random.prose(30), random.prose(30)), reference], 1);
        assert!(index.find(record).is_empty(), "{:?}", index.find(record));
    }
}
