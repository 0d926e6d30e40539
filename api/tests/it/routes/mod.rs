mod auth;
mod config;
mod docs;
mod events;
mod health;
mod me;
