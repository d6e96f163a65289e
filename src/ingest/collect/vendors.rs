//! Who offers a model, told from its name.

/// Words in names of models, and who offers these. The first that stands in a name decides.
const VENDORS: [(&str, &str); 27] = [
    ("claude", "anthropic"),
    ("gpt", "openai"),
    ("codex", "openai"),
    ("davinci", "openai"),
    ("gemini", "google"),
    ("gemma", "google"),
    ("grok", "xai"),
    ("deepseek", "deepseek"),
    ("qwen", "alibaba"),
    ("qwq", "alibaba"),
    ("mixtral", "mistral"),
    ("mistral", "mistral"),
    ("codestral", "mistral"),
    ("devstral", "mistral"),
    ("magistral", "mistral"),
    ("llama", "meta"),
    ("kimi", "moonshot"),
    ("glm", "zhipu"),
    ("command-r", "cohere"),
    ("command-a", "cohere"),
    ("nova-", "amazon"),
    ("titan", "amazon"),
    ("phi-", "microsoft"),
    ("minimax", "minimax"),
    ("hunyuan", "tencent"),
    ("ernie", "baidu"),
    ("nemotron", "nvidia"),
];

/// The vendor, if the name says.
#[must_use]
pub(super) fn vendor_of(model: &str) -> Option<&'static str> {
    let name = model.to_ascii_lowercase();
    // DeepSeek-R1-Distill-Llama and the like are known by what was taught, which stands first.
    let by_word = VENDORS.iter().filter_map(|(word, vendor)| Some((name.find(word)?, vendor))).min();
    let base = name.rsplit('/').next().unwrap_or_default();
    // o1, o3-mini, o4-mini
    let is_o = base.strip_prefix('o').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    by_word.map(|(_, vendor)| *vendor).or(is_o.then_some("openai"))
}

#[cfg(test)]
mod tests {
    use super::vendor_of;

    #[test]
    fn names_tell_vendors() {
        for (model, vendor) in [
            ("claude-opus-4-5-20251101", "anthropic"),
            ("us.anthropic.claude-sonnet-4", "anthropic"),
            ("gpt-5.3-codex-spark", "openai"),
            ("openai/o3-mini", "openai"),
            ("deepseek-r1-distill-llama-70b", "deepseek"),
            ("models/gemini-2.5-pro", "google"),
        ] {
            assert_eq!(vendor_of(model), Some(vendor), "{model}");
        }
        for unknown in ["", "auto", "orca", "default"] {
            assert_eq!(vendor_of(unknown), None, "{unknown}");
        }
    }
}
