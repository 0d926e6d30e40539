mod checkout;
mod entitlements;
mod invoices;
mod life;
mod plans;
mod subscription;
mod webhook;
