mod json;
mod principal;
mod query;
