//! Configurations of bots to begin with.

use axum::Json;
use serde::Serialize;
use trading::bot::{BotConfig, strategy::presets::PRESETS};
use utoipa::ToSchema;

use crate::{error::ApiError, extract::Reader};

/// Configurations to begin with.
#[derive(Debug, Serialize, ToSchema)]
pub struct Presets {
    /// All of them, in an order to show them in.
    data: Vec<BotPreset>,
}

/// A configuration to begin with.
#[derive(Debug, Serialize, ToSchema)]
pub struct BotPreset {
    /// Its name for programs.
    #[schema(example = "ema_cross")]
    name: &'static str,
    /// Its name for people.
    #[schema(example = "EMA cross")]
    title: &'static str,
    /// What it does, in a sentence.
    description: &'static str,
    /// The configuration, to be changed as wanted: a bot can be made of it.
    config: BotConfig,
}

/// Lists configurations to begin with
#[utoipa::path(
    get, path = "/api/v1/bots/presets", tag = "bots",
    responses((status = 200, description = "The presets", body = Presets)),
)]
pub async fn list_bot_presets(_: Reader) -> Result<Json<Presets>, ApiError> {
    let preset = |preset: trading::bot::strategy::presets::Preset| {
        Ok(BotPreset {
            name: preset.name,
            title: preset.title,
            description: preset.description,
            config: serde_json::from_str(preset.config)?,
        })
    };
    let data: Result<_, serde_json::Error> = PRESETS.into_iter().map(preset).collect();
    let data = data.map_err(ApiError::internal)?;
    Ok(Json(Presets { data }))
}
