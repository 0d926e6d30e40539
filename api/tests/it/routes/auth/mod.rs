mod login;
mod logout;
mod realtime_token;
mod refresh;
mod register;
mod sessions;
