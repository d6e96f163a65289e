//! Secrets are replaced before anything is stored.

use super::secret_rules::{INNOCENT, RULES, Rule};
use crate::error::{Error, Result};
use regex::Regex;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Finds secrets by [`RULES`] and puts `[secret:KIND]` in their place.
pub(super) struct Secrets {
    each: Vec<(Regex, &'static Rule)>,
    /// How many were replaced, by kind.
    pub(super) replaced: BTreeMap<String, u64>,
}

impl Secrets {
    /// Compiles the rules.
    pub(super) fn new() -> Result<Self> {
        let broken =
            |e: regex::Error| Error::request(format!("a rule for secrets is broken: {e}"), "please report this");
        let each =
            RULES.iter().map(|rule| Ok((Regex::new(rule.pattern).map_err(broken)?, rule))).collect::<Result<_>>()?;
        Ok(Self { each, replaced: BTreeMap::new() })
    }

    /// The text without its secrets.
    pub(super) fn replace<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        let mut found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_by_key(|(range, _)| range.start);
        let (mut out, mut at) = (String::with_capacity(text.len()), 0);
        for (range, kind) in found {
            out += text.get(at..range.start).unwrap_or_default();
            out += &format!("[secret:{kind}]");
            at = range.end;
            *self.replaced.entry(kind.to_owned()).or_default() += 1;
        }
        out += text.get(at..).unwrap_or_default();
        Cow::Owned(out)
    }

    fn find(&self, text: &str) -> Vec<(Range<usize>, &'static str)> {
        let mut found: Vec<(Range<usize>, &'static str)> = Vec::new();
        for (regex, rule) in &self.each {
            for captures in regex.captures_iter(text) {
                let Some(secret) = captures.name("s").or_else(|| captures.get(0)) else { continue };
                let apart = |(range, _): &(Range<usize>, _)| range.end <= secret.start() || secret.end() <= range.start;
                if is_secret(rule, secret.as_str()) && found.iter().all(apart) {
                    found.push((secret.range(), rule.kind));
                }
            }
        }
        found
    }
}

fn is_secret(rule: &Rule, value: &str) -> bool {
    if rule.entropy == 0.0 {
        return true;
    }
    if entropy(value) < rule.entropy {
        return false;
    }
    if rule.kind != "generic" {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    let has = |is: fn(&u8) -> bool| value.bytes().any(|byte| is(&byte));
    // Names of code, paths and calls are no secrets: these have digits among letters, and no words.
    has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && !INNOCENT.iter().any(|word| lower.contains(word))
        && value.matches(['/', '.']).count() < 2
}

/// Shannon entropy in bits a character.
fn entropy(text: &str) -> f64 {
    let mut counts: HashMap<char, u32> = HashMap::new();
    text.chars().for_each(|c| *counts.entry(c).or_default() += 1);
    let all = text.chars().count() as f64;
    // Sorted, so that the sum does not depend on the order of the map.
    let mut counts: Vec<u32> = counts.into_values().collect();
    counts.sort_unstable();
    counts.into_iter().map(|count| f64::from(count) / all).map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Secrets of the tests are put together here, so that no scanner takes this file for a leak.
    fn made(parts: &[&str]) -> String {
        parts.concat()
    }

    #[test]
    fn secrets_are_replaced_by_their_kind() {
        let mut secrets = Secrets::new().unwrap();
        let body = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";
        for (secret, kind) in [
            (made(&["AKIA", "QYLPMN5HFIQR7XYA"]), "aws-access-key"),
            (made(&["ghp_", &body[..36]]), "github-token"),
            (made(&["sk-ant-", "api03-", body, body]), "anthropic-key"),
            (made(&["sk-proj-", body]), "openai-key"),
            (made(&["AIza", &body[..35]]), "google-key"),
            (made(&["xoxb-", "123456789012-", "abcdefghijkl"]), "slack-token"),
            (
                made(&["eyJhbGciOiJIUzI1NiJ9x", ".eyJzdWIiOiIxMjM0NTY3ODkwIn0", ".dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"]),
                "jwt",
            ),
        ] {
            let text = format!("export X='{secret}' && run");
            assert_eq!(secrets.replace(&text), format!("export X='[secret:{kind}]' && run"));
        }
        let key = made(&["-----BEGIN OPENSSH ", "PRIVATE KEY-----\n", body, "\n-----END OPENSSH ", "PRIVATE KEY-----"]);
        assert_eq!(secrets.replace(&format!("{key}\nx")), "[secret:private-key]\nx");
        assert_eq!(secrets.replaced.values().sum::<u64>(), 8);
    }

    #[test]
    fn passwords_and_keys_are_known_by_what_they_are_given_to() {
        let mut secrets = Secrets::new().unwrap();
        for (text, expected) in [
            ("DB_PASSWORD=9fQ2xLm7Rt4z", "DB_PASSWORD=[secret:generic]"),
            ("api_key: \"q8Zr51LmWn0c7Tyu\"", "api_key: \"[secret:generic]\""),
            ("psql postgres://app:s3cr3tPw9@db/x", "psql postgres://app:[secret:password]@db/x"),
            ("-H 'Authorization: Bearer q8Zr51LmWn0c7TyuA2bC'", "-H 'Authorization: Bearer [secret:bearer-token]'"),
        ] {
            assert_eq!(secrets.replace(text), expected);
        }
    }

    #[test]
    fn code_that_speaks_of_secrets_stays() {
        let mut secrets = Secrets::new().unwrap();
        for text in [
            "let password = read_password_from_terminal()?;",
            "const apiKey = process.env.OPENAI_API_KEY;",
            "token: TokenStream::new(),",
            "key = \"settings.local.json\"",
            "if key == value { continue }",
            "Authorization: Bearer $GITHUB_TOKEN",
            "url = \"https://user:${PASSWORD}@host/\"",
            "git config user.signingkey /Users/user/.ssh/id_ed25519.pub",
            "the keyword `secret` and the token_count of 12345678901",
        ] {
            assert_eq!(secrets.replace(text), text);
        }
        assert!(secrets.replaced.is_empty());
    }
}
