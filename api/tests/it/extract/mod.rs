mod json;
mod nextauth;
mod principal;
mod query;
