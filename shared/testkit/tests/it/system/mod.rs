//! The whole platform as processes, on servers that break: what users are promised when they do.

mod admin;
mod backtests;
mod chaos;
mod copies;
mod edits;
mod follower;
mod journey;
mod market;
mod outages;
mod platform;
mod startup;
mod takeovers;
mod trading;
mod user;
mod vault;
mod workers;
