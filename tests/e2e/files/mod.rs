//! Photos, documents and videos: what is taken, what is made of it, who gets it, and when it goes.

mod attached;
mod bad;
mod handed_out;
mod photos;
mod swept;
mod tus;

use reqwest::Method;
use tests::{Person, Reply};

/// What lies behind a link of a petition.
async fn fetched(person: &Person<'_>, link: &str) -> (Reply, Vec<u8>) {
    let response = person.request(Method::GET, link).send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let content = response.bytes().await.unwrap().to_vec();
    (Reply { status, headers, text: String::from_utf8_lossy(&content).into_owned() }, content)
}
