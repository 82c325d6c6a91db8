//! `/dashboard`: the Steering Committee's figures as a page for a browser.
//!
//! The page is written here, whole, for the language and the instant that its address names; a script makes it a little better and
//! nothing depends on it. It has no figures of its own: `reading` asks what `GET /api/v1/rates` asks.
//!
//! A reader signs in with a form (`sign_in`) and is known by a cookie (`cookie`, `session`); `forgery` says what keeps other
//! sites from sending forms in the reader's name. The API knows nothing of the cookie. Everything under `/dashboard` but the
//! sign-in and the files of the page lies behind `session::guard`.
//!
//! To add a picture: its figures in `reading.rs`, a file in `parts/` with the picture and its table, a line in `show.rs`.

mod assets;
mod chosen;
mod cookie;
mod downloads;
mod forgery;
mod page;
mod parts;
mod petitions;
mod reading;
mod session;
mod show;
mod sign_in;
mod words;

use actix_web::{HttpResponse, middleware::from_fn, web};

use crate::problem::{Code, Problem};

pub use page::of_problem;

/// Whether what goes wrong at this path is told as a page.
pub fn has(path: &str) -> bool {
    path.strip_prefix("/dashboard").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Registers the page. What is registered in the scope is for readers alone, also what it does not know.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(assets::asset).service(sign_in::show).service(sign_in::enter).service(
        web::scope("/dashboard")
            .wrap(from_fn(session::guard))
            .service(show::figures)
            .service(downloads::rates)
            .service(petitions::browse)
            .service(petitions::download)
            .service(sign_in::leave)
            .default_service(web::to(|| async { Err::<HttpResponse, _>(Problem::new(Code::NotFound)) })),
    );
}
