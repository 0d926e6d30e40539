//! Which bots nobody can tell what they wait for.

use store::trading::accounts::{BotRow, CommandRow};
use trading::bot::BotStatus;

/// Whether a bot waits for a command that it cannot be told.
pub(super) fn is_stranded(bot: &BotRow, commands: &[CommandRow]) -> bool {
    matches!(bot.status, BotStatus::Starting | BotStatus::Stopping)
        && commands.iter().any(|command| command.bot == bot.id)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use trading::bot::BotStatus;
    use uuid::Uuid;

    use super::{BotRow, CommandRow, is_stranded};

    #[test]
    fn only_a_bot_whose_start_or_stop_waits_is_stranded() {
        let told = |bot| CommandRow {
            id: Uuid::nil(),
            bot: Uuid::from_u128(bot),
            command: Value::Null,
            reason: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
        };
        for (status, commands, is) in [
            (BotStatus::Starting, [told(1), told(2)].as_slice(), true),
            (BotStatus::Stopping, &[told(1)], true),
            (BotStatus::Stopping, &[told(2)], false),
            (BotStatus::Running, &[told(1)], false),
        ] {
            let bot = BotRow {
                id: Uuid::from_u128(1),
                symbol: "SOL-USDT".parse().unwrap(),
                config: Value::Null,
                status,
                state_format: None,
                state: None,
            };
            assert_eq!(is_stranded(&bot, commands), is, "{status:?}");
        }
    }
}
