//! Names of markets.

use std::collections::BTreeMap;

use exchange::binance::SymbolTable;
use proptest::prelude::*;
use trading::{Asset, Symbol};

use crate::support::symbol;

#[test]
fn names_that_could_be_split_in_two_ways_are_told_apart_by_the_list() {
    let table: SymbolTable = [
        ("BTCUSDT".to_owned(), symbol("BTC-USDT")),
        ("USDTBTC".to_owned(), symbol("USDT-BTC")),
        ("AAA".to_owned(), symbol("AA-A")),
    ]
    .into_iter()
    .collect();
    assert_eq!(table.symbol("BTCUSDT"), Some(&symbol("BTC-USDT")));
    assert_eq!(table.symbol("AAA"), Some(&symbol("AA-A")));
    assert_eq!(table.name(&symbol("USDT-BTC")), Some("USDTBTC"));
    for unknown in ["ETHUSDT", "btcusdt", "BTC-USDT", "BTCUSD", ""] {
        assert_eq!(table.symbol(unknown), None, "{unknown}");
    }
    assert_eq!(table.name(&symbol("A-AA")), None);
}

fn asset() -> impl Strategy<Value = Asset> {
    "[AB1]{1,4}".prop_map(|name| name.parse().unwrap())
}

proptest! {
    #[test]
    fn what_is_listed_goes_there_and_back_and_nothing_else_does(
        pairs in prop::collection::vec((asset(), asset()), 0..20),
        (base, quote) in (asset(), asset()),
    ) {
        // As on the exchange, no two markets have one name.
        let listed: BTreeMap<String, Symbol> = pairs
            .into_iter()
            .filter_map(|(base, quote)| Some((format!("{base}{quote}"), Symbol::new(base, quote).ok()?)))
            .collect();
        let table: SymbolTable = listed.clone().into_iter().collect();
        for (name, symbol) in &listed {
            prop_assert_eq!(table.symbol(name), Some(symbol));
            prop_assert_eq!(table.name(symbol), Some(name.as_str()));
        }
        let asked = format!("{base}{quote}");
        prop_assert_eq!(table.symbol(&asked), listed.get(&asked));
        if let Ok(symbol) = Symbol::new(base, quote) {
            let is_listed = listed.get(&asked) == Some(&symbol);
            prop_assert_eq!(table.name(&symbol).is_some(), is_listed);
        }
    }
}
