use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use platform::{Secret, random};

/// What every secret begins with: so that people, and scanners for leaked secrets, know one when they see it.
const PREFIX: &str = "bbs_";

/// A new secret for the signals to a bot.
pub fn generate() -> Secret<String> {
    let random = random::bytes::<32>();
    Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))
}
