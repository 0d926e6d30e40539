//! The fake of Stripe as a process, for the developer's stack and for tests in other languages.
//!
//! `PORT` (12111), `WEBHOOK_URL`, and `PRICES` such as `price_starter=1900:eur,price_pro=4900:eur`.

use std::{net::Ipv4Addr, process::ExitCode};

use platform::{
    SystemClock,
    config::{Env, Reader},
    shutdown,
};
use testkit::stripe::{Action, FakeStripe, Policy};
use tokio::net::TcpListener;

/// A price of `PRICES`.
fn price(text: &str) -> Option<Action> {
    let (id, costs) = text.trim().split_once('=')?;
    let (amount, currency) = costs.split_once(':')?;
    Some(Action::AddPrice {
        id: id.to_owned(),
        unit_amount: amount.parse().ok()?,
        currency: currency.to_owned(),
    })
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut reader = Reader::new(Env::from_process());
    let port = reader.number_or("PORT", 12_111, 0..=u16::MAX);
    let url = reader.text("WEBHOOK_URL");
    let prices = reader.text_or("PRICES", "price_starter=1900:eur,price_pro=4900:eur");
    reader.finish()?;
    let signals = shutdown::signals()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let fake = FakeStripe::on(listener, SystemClock::shared());
    for text in prices.split(',') {
        let action = price(text).ok_or("PRICES is a list of id=amount:currency")?;
        fake.act(action)?;
    }
    fake.act(Action::Deliver(Policy {
        url,
        ..Policy::default()
    }))?;
    signals.token().cancelled().await;
    fake.stop().await;
    Ok(ExitCode::SUCCESS)
}
