//! Requests that pakn itself makes.

use reqwest::Response;

/// Reads an answer of so many bytes at the most; what comes after them stays unread. An error says no URL, which may have a key in it.
///
/// # Errors
/// What went wrong on the way, or that there is more.
pub(crate) async fn bounded(mut response: Response, most: usize) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| error.without_url().to_string())? {
        if body.len() + chunk.len() > most {
            return Err(format!("an answer of more than {most} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
