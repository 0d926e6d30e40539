use super::findings::{Budget, FieldCode, FieldError, Findings};
use super::{BotSetup, Command, DealRequest};
use crate::amount::Amount;

const TOO_LARGE: &str = "the numbers are too large to calculate with";

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
        findings.error("", FieldCode::OutOfRange, TOO_LARGE.to_owned());
    }
    findings.into_parts()
}

/// What is wrong with a command to a bot that runs, by the fields of the command.
pub fn validate_command(setup: &BotSetup, budget: &Budget, command: &Command) -> Vec<FieldError> {
    let request = match command {
        Command::AddFunds { amount, price, .. } => DealRequest::AddFunds {
            amount: *amount,
            price: *price,
        },
        Command::TakeOver { quantity, price } => DealRequest::TakeOver {
            quantity: *quantity,
            price: *price,
        },
        Command::Start
        | Command::Pause
        | Command::Suspend
        | Command::Resume
        | Command::Stop { .. }
        | Command::CloseDeal { .. }
        | Command::CancelDeal { .. }
        | Command::Signal { .. }
        | Command::Configure { .. } => return Vec::new(),
    };
    let mut findings = Findings::new(&setup.terms, budget);
    if setup.bot.assess_request(request, &mut findings).is_err() {
        findings.error("", FieldCode::OutOfRange, TOO_LARGE.to_owned());
    }
    findings.into_parts().0
}

/// What is wrong or doubtful with the configuration that a running bot is to go on with.
pub fn validate_edit(setup: &BotSetup, budget: &Budget) -> Vec<FieldError> {
    let mut findings = Findings::new(&setup.terms, budget);
    findings.market();
    if findings.is_sound("") && setup.bot.assess_edit(&mut findings).is_err() {
        findings.error("", FieldCode::OutOfRange, TOO_LARGE.to_owned());
    }
    findings.into_parts().0
}
