//! What secrets look like.
//!
//! The patterns are those of gitleaks 8 (<https://github.com/gitleaks/gitleaks>, MIT licence, copyright 2019 Zachary Rice), chosen
//! and shortened: the tokens that engineers have in their shells, and assignments of passwords and keys.

/// One rule.
pub(super) struct Rule {
    /// Stands in place of the secret.
    pub(super) kind: &'static str,
    /// The secret is the group `s`, or the whole match.
    pub(super) pattern: &'static str,
    /// Bits a character that the secret must have at least; 0 for any.
    pub(super) entropy: f64,
}

const fn token(kind: &'static str, pattern: &'static str) -> Rule {
    Rule { kind, pattern, entropy: 0.0 }
}

const fn random(kind: &'static str, pattern: &'static str, entropy: f64) -> Rule {
    Rule { kind, pattern, entropy }
}

/// Of secrets that overlap, the first rule's stays.
pub(super) const RULES: [Rule; 44] = [
    token(
        "private-key",
        r"(?i)-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----[\s\S-]{16,}?(?:-----END[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----|\z)",
    ),
    token("age-key", r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    token("aws-access-key", r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    random("aws-secret-key", r#"(?i)aws.{0,20}?(?:secret|sk).{0,20}?[=:]\s{0,5}["']?(?P<s>[A-Za-z0-9/+]{40})\b"#, 3.5),
    token("anthropic-key", r"\bsk-ant-[a-z]{2,10}\d{2}-[A-Za-z0-9_\-]{32,}"),
    token("openai-key", r"\bsk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{32,}"),
    token("openai-key", r"\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}\b"),
    random("openrouter-key", r"\bsk-or-v1-[0-9a-f]{64}\b", 2.0),
    token("github-token", r"\b(?:ghp|gho|ghu|ghs|ghr)_[0-9A-Za-z]{36,}\b"),
    token("github-token", r"\bgithub_pat_[0-9A-Za-z_]{60,}\b"),
    token("gitlab-token", r"\bgl(?:pat|dt|ft|rt|oas|cbt|ptt|soat|agent|imt)-[0-9A-Za-z_\-]{20,}"),
    token("google-key", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    token("google-oauth-secret", r"\bGOCSPX-[0-9A-Za-z_-]{28}\b"),
    token("google-token", r"\bya29\.[0-9A-Za-z_-]{40,}"),
    token("slack-token", r"\bxox[abeoprs]-(?:[0-9A-Za-z]{4,}-)*[0-9A-Za-z]{8,}"),
    token("slack-token", r"\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+"),
    token("slack-webhook", r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{43,60}"),
    token("stripe-key", r"\b(?:sk|rk)_(?:test|live|prod)_[0-9A-Za-z]{10,99}\b"),
    token("npm-token", r"\bnpm_[0-9A-Za-z]{36}\b"),
    token("pypi-token", r"\bpypi-AgEIcHlwaS5vcmc[0-9A-Za-z_-]{50,1000}"),
    token("crates-token", r"\bcio[0-9A-Za-z]{32}\b"),
    random("huggingface-token", r"\b(?:hf_|api_org_)[A-Za-z]{34}\b", 3.0),
    token("sendgrid-key", r"\bSG\.[0-9A-Za-z_=\-.]{66}"),
    random("twilio-key", r"\bSK[0-9a-fA-F]{32}\b", 3.0),
    token("telegram-token", r"\b\d{8,10}:A[A-Za-z0-9_-]{34}\b"),
    token("discord-webhook", r"https://(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/\d+/[0-9A-Za-z_-]{60,}"),
    token("databricks-token", r"\bdapi[a-f0-9]{32}(?:-\d)?\b"),
    token("digitalocean-token", r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    token("vault-token", r"\bhv[sbr]\.[0-9A-Za-z_-]{90,}"),
    token("grafana-token", r"\bglsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}\b"),
    token("linear-key", r"\blin_api_[0-9A-Za-z]{40}\b"),
    token("notion-token", r"\b(?:ntn_[0-9]{11}[A-Za-z0-9]{35}|secret_[A-Za-z0-9]{43})\b"),
    token("postman-key", r"\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}\b"),
    token("newrelic-key", r"\bNRAK-[A-Z0-9]{27}\b"),
    token("sentry-token", r"\bsntr(?:ys_[A-Za-z0-9_=+/]{80,}|yu_[a-f0-9]{64})"),
    token("shopify-token", r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    token("atlassian-token", r"\bATATT3[A-Za-z0-9_\-=]{180,}"),
    token("docker-token", r"\bdckr_(?:pat|oat)_[0-9A-Za-z_-]{27,}"),
    token("supabase-key", r"\bsb(?:p_[a-f0-9]{40}|_secret_[0-9A-Za-z_-]{31})\b"),
    token("azure-secret", r"\b[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}"),
    token("jwt", r"\bey[A-Za-z0-9]{17,}\.ey[A-Za-z0-9/\\_-]{17,}\.(?:[A-Za-z0-9/\\_-]{10,}={0,2})?"),
    // A password in an address: postgres://user:password@host
    random(
        "password",
        r"\b[a-z][a-z0-9+.-]{2,15}://[^\s:/@$<{\[]{1,64}:(?P<s>[^\s:/@$<{\[%*]{6,128})@[A-Za-z0-9.\[-]",
        2.0,
    ),
    random(
        "bearer-token",
        r#"(?i)\b(?:authorization["']?\s{0,3}[:=]\s{0,3}["']?)?bearer\s+(?P<s>[A-Za-z0-9_~+/.=-]{20,512})"#,
        3.5,
    ),
    // gitleaks' generic-api-key: a telling name, an assignment, and something that looks random.
    random(
        "generic",
        r#"(?i)(?:access|auth|api[_.-]?key|credential|creds|key|passw(?:or)?d|secret|token)(?:[ \t0-9A-Za-z_.-]{0,20})["'\s]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60"'\s=]{0,5}(?P<s>[0-9A-Za-z_.=/+~!@#$%^&*-]{10,150})(?:[\x60"'\s;,)]|\\[nr]|$)"#,
        3.5,
    ),
];

/// Words that make a value of a generic assignment a name or an example; a part of gitleaks' list.
pub(super) const INNOCENT: [&str; 30] = [
    "example",
    "placeholder",
    "changeme",
    "dummy",
    "redacted",
    "undefined",
    "function",
    "process.env",
    "getenv",
    "environ",
    "config",
    "required",
    "string",
    "optional",
    "default",
    "password",
    "secret",
    "token",
    "key",
    "auth",
    "account",
    "client",
    "server",
    "session",
    "request",
    "response",
    "header",
    "value",
    "test",
    "xxxx",
];
