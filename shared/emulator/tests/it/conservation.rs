//! Money is conserved, whatever the order of orders, prices, cancels and transfers.

use std::sync::LazyLock;

use emulator::{Action, Config, Fault};
use proptest::prelude::*;
use reqwest::Client;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::support::{Lab, amount, client};

/// One step of a random session.
#[derive(Clone, Debug)]
enum Step {
    Order(String),
    Price(u32),
    CancelAll,
    CancelRace(u8),
    Transfer(i32),
    Shares(Vec<u8>),
    BnbFees(bool),
}

fn orders() -> impl Strategy<Value = String> {
    let side = prop_oneof![Just("BUY"), Just("SELL")];
    let limit = (
        side.clone(),
        prop_oneof![Just("GTC"), Just("IOC"), Just("FOK")],
        1_u32..200_000,
        5_700_000_u32..6_300_000,
    )
        .prop_map(|(side, time, lots, cents)| {
            format!(
                "side={side}&type=LIMIT&timeInForce={time}&quantity={}&price={}",
                decimal(lots, 5),
                decimal(cents, 2)
            )
        });
    let market = (side.clone(), 1_u32..100_000)
        .prop_map(|(side, lots)| format!("side={side}&type=MARKET&quantity={}", decimal(lots, 5)));
    let quote = (side, 1_u32..5_000_000).prop_map(|(side, cents)| {
        format!(
            "side={side}&type=MARKET&quoteOrderQty={}",
            decimal(cents, 2)
        )
    });
    prop_oneof![3 => limit, 1 => market, 1 => quote]
}

fn decimal(mantissa: u32, scale: u32) -> String {
    trading::Amount::from_parts(i128::from(mantissa), scale)
        .unwrap()
        .to_string()
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => orders().prop_map(Step::Order),
        4 => (5_700_000_u32..6_300_000).prop_map(Step::Price),
        1 => Just(Step::CancelAll),
        1 => (0_u8..=10).prop_map(Step::CancelRace),
        1 => (-50_000_i32..50_000).prop_map(Step::Transfer),
        1 => prop::collection::vec(1_u8..9, 1..3).prop_map(Step::Shares),
        1 => any::<bool>().prop_map(Step::BnbFees),
    ];
    prop::collection::vec(step, 1..40)
}

async fn run(http: Client, steps: Vec<Step>) {
    let shallow = |config: &mut Config| config.symbols[0].level_quantity = amount("0.1");
    let lab = Lab::asked_by(http, shallow).await;
    let symbol = "symbol=BTCUSDT";
    for step in steps {
        match step {
            // Refused or not: the books must be right.
            Step::Order(query) => drop(lab.order(&query).await),
            Step::Price(cents) => lab.price(&decimal(cents, 2)),
            Step::CancelAll => drop(lab.signed("DELETE", "/api/v3/openOrders", symbol).await),
            Step::CancelRace(tenths) => {
                let share = amount(&decimal(u32::from(tenths), 1));
                lab.inject(Fault::FillBeforeCancel { share }, 1);
                let open = lab.signed("GET", "/api/v3/openOrders", symbol).await.ok();
                if let Some(order) = open.as_array().unwrap().first() {
                    let query = format!("{symbol}&orderId={}", order["orderId"]);
                    drop(lab.signed("DELETE", "/api/v3/order", &query).await);
                }
                lab.act(Action::ClearFaults {});
            }
            Step::Transfer(units) => {
                // A withdrawal of more than is free is refused.
                let amount = trading::Amount::from_int(i64::from(units));
                let asset = "USDT".parse().unwrap();
                let user = "alice".to_owned();
                drop(lab.emulator.act(Action::Deposit {
                    user,
                    asset,
                    amount,
                }));
            }
            Step::Shares(tenths) => {
                let shares = tenths
                    .iter()
                    .map(|tenth| amount(&decimal(u32::from(*tenth), 1)));
                lab.inject(
                    Fault::PartialFills {
                        shares: shares.collect(),
                    },
                    1,
                );
            }
            Step::BnbFees(is_on) => lab.act(
                serde_json::from_value(json!({
                    "action": "change_user", "user": "alice", "pays_fees_in_bnb": is_on,
                }))
                .unwrap(),
            ),
        }
        lab.check_books();
    }
    lab.emulator.stop().await;
}

/// One runtime and one client for all sessions.
static ASKING: LazyLock<(Runtime, Client)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    (runtime, client())
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn random_sessions_conserve_money(steps in steps()) {
        let (runtime, http) = &*ASKING;
        runtime.block_on(run(http.clone(), steps));
    }
}
