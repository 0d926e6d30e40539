use anyhow::Context;
use serde_json::Value;
use trading::{Amount, Asset};

use crate::socket::Seen;

/// What is compared of a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) orders: u64,
    pub(crate) fills: u64,
    pub(crate) fees: Amount,
    pub(crate) realised: Amount,
    pub(crate) unrealised: Amount,
}

impl Figures {
    /// Counted from the socket's events, and calculated by the api.
    pub(crate) fn of_live(seen: &Seen, bot: &str, performance: &Value) -> anyhow::Result<Self> {
        let amount = |field: &str| -> anyhow::Result<Amount> {
            let text = performance[field]
                .as_str()
                .with_context(|| format!("no {field}"))?;
            Ok(text.parse()?)
        };
        Ok(Self {
            orders: seen.count(bot, "order.created"),
            fills: seen.count(bot, "order.filled"),
            fees: amount("fees")?,
            realised: amount("realised")?,
            unrealised: amount("unrealised")?,
        })
    }

    fn rows(&self) -> [(&'static str, String); 5] {
        [
            ("orders", self.orders.to_string()),
            ("fills", self.fills.to_string()),
            ("fees", self.fees.to_string()),
            ("realised", self.realised.to_string()),
            ("unrealised", self.unrealised.to_string()),
        ]
    }
}

/// Prints both side by side; says whether they differ anywhere.
pub(crate) fn print(names: &[&str], live: &[Figures], backtest: &[Figures], quote: &Asset) -> bool {
    println!(
        "\n{:<6}{:<12}{:>26}{:>26}",
        "bot", "", "paper account", "backtest"
    );
    for ((name, live), backtest) in names.iter().zip(live).zip(backtest) {
        let mut name = *name;
        for ((figure, live), (_, backtest)) in live.rows().into_iter().zip(backtest.rows()) {
            let mark = if live == backtest {
                ""
            } else {
                "  <-- DIFFERS"
            };
            println!("{name:<6}{figure:<12}{live:>26}{backtest:>26}{mark}");
            name = "";
        }
    }
    println!("amounts in {quote}");
    live != backtest
}
