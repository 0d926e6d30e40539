use super::BotSetup;
use super::findings::{Budget, FieldCode, FieldError, Findings};
use crate::amount::Amount;

/// Every field that is wrong or doubtful. Without an error among them, the bot may start.
pub fn validate(setup: &BotSetup, budget: &Budget) -> Vec<FieldError> {
    assess(setup, budget).0
}

/// What [`validate`] finds, and the quote that the bot needs, fees included, where that can be told.
pub(crate) fn assess(setup: &BotSetup, budget: &Budget) -> (Vec<FieldError>, Option<Amount>) {
    let mut findings = Findings::new(&setup.terms, budget);
    findings.market();
    if !findings.is_sound("") {
        return findings.into_parts();
    }
    if setup.bot.assess(&mut findings).is_err() {
        findings.error(
            "",
            FieldCode::OutOfRange,
            "the numbers are too large to calculate with".to_owned(),
        );
    }
    findings.into_parts()
}
