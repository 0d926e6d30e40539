//! What is played: a configuration, and the candles that it names or the arguments do.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;
use engine::spec::{BacktestSpec, Candles, FeedDir};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    output::{fields, refused},
    range::TimeRange,
};
use crate::schema;

/// Where configuration and candles come from.
#[derive(Debug, Args)]
pub(super) struct SourceArgs {
    /// JSON file of what is to be played: the body that the API takes for it, `candles` may be missing.
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// CSV file of candles, plain, gzipped or alone in a zip archive, in place of those that the configuration names.
    #[arg(long, value_name = "FILE", conflicts_with = "synthetic")]
    pub(super) candles: Option<PathBuf>,
    /// Seed of a made-up market, in place of the candles that the configuration names.
    #[arg(long, value_name = "SEED", requires = "minutes", value_parser = clap::value_parser!(u64).range(..=9_007_199_254_740_991))]
    synthetic: Option<u64>,
    /// Length of the made-up market in candles of one minute.
    #[arg(long, value_name = "N", requires = "synthetic", value_parser = clap::value_parser!(u32).range(1..=5_256_000))]
    minutes: Option<u32>,
    /// Only the candles of a time, such as `20240101-20240201`: the first day is played, the last is not. Either may be left
    /// out. Seconds and milliseconds since 1970 are taken too.
    #[arg(long, value_name = "FROM-TO", allow_hyphen_values = true)]
    pub(super) timerange: Option<TimeRange>,
}

impl SourceArgs {
    /// What is blamed for candles that cannot be used.
    pub(super) fn blamed(&self) -> &Path {
        self.candles.as_deref().unwrap_or(&self.config)
    }

    /// The candles that are wanted of all.
    pub(super) fn range(&self) -> TimeRange {
        self.timerange.unwrap_or_default()
    }

    /// Reads the configuration; `place` points to the backtest in it, which the candles of the arguments belong to.
    ///
    /// # Errors
    /// What is wrong with it, field by field.
    pub(super) fn read<T>(&self, place: &str) -> anyhow::Result<T>
    where
        T: DeserializeOwned + ToSchema + 'static,
    {
        let refused = |message: &dyn std::fmt::Display| refused(&self.config, message);
        let text = fs::read(&self.config).map_err(|error| refused(&error))?;
        let mut body = schema::json::parse(&text).map_err(|error| refused(&error))?;
        let backtest = body.pointer_mut(place).and_then(Value::as_object_mut);
        if let (Some(source), Some(backtest)) = (self.named(), backtest) {
            backtest.insert("candles".to_owned(), source);
        }
        let found = schema::schema_of::<T>()?.check(&body, "");
        if !found.is_empty() {
            let found = found.into_iter();
            let found = found.map(|error| (error.pointer, error.message.into_owned()));
            return Err(fields(&self.config, found));
        }
        serde_json::from_value(body).map_err(|error| refused(&error))
    }

    /// What stands for the arguments in the configuration.
    fn named(&self) -> Option<Value> {
        match (&self.candles, self.synthetic, self.minutes) {
            // Opened by its path; the name only has to be one.
            (Some(_), ..) => Some(json!({ "kind": "file", "name": "candles.csv" })),
            (None, Some(seed), Some(minutes)) => {
                Some(json!({ "kind": "synthetic", "seed": seed, "candles": minutes }))
            }
            _ => None,
        }
    }

    /// The candles, from their beginning.
    pub(super) fn open(&self, spec: &BacktestSpec) -> anyhow::Result<Candles> {
        if let Some(path) = &self.candles {
            return Candles::of_file(open_file(path)?, spec.market.tick_size)
                .map_err(|error| refused(path, &error));
        }
        let beside = self.config.parent().map(Path::to_owned);
        spec.candles
            .open(&FeedDir(beside), spec.market.tick_size)
            .map_err(|error| refused(&self.config, &format_args!("/candles {error}")))
    }
}

/// A file that is one.
pub(super) fn open_file(path: &Path) -> anyhow::Result<File> {
    let file = File::open(path).map_err(|error| refused(path, &error))?;
    let about = file
        .metadata()
        .with_context(|| path.display().to_string())?;
    if about.is_file() {
        Ok(file)
    } else {
        Err(refused(path, &"not a file"))
    }
}
