mod checkout;
mod entitlements;
mod invoices;
mod life;
mod plans;
mod portal;
mod subscription;
mod webhook;
