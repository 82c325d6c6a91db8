//! The providers that an operator has registered pakn with: a file, since there are secrets in it.

use std::{fs, path::Path};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use url::{Host, Url};

/// Why identity providers cannot be used as the settings say.
#[derive(Debug, thiserror::Error)]
#[error("PAKN_IDENTITY_PROVIDERS, {path}: {problem}")]
pub struct ProvidersError {
    path: String,
    problem: String,
}

/// How the client's secret is shown (Core 1.0, section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum SecretMethod {
    /// In the header.
    #[serde(rename = "client_secret_basic")]
    Basic,
    /// In the form.
    #[serde(rename = "client_secret_post")]
    Post,
}

/// A provider, as an operator writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// A short name for programs: `vneid`.
    pub code: String,
    /// What people know it by: `VNeID`.
    pub name: String,
    /// Its issuer identifier, exactly as its tokens say it.
    pub issuer: String,
    /// The id that it knows pakn by.
    pub client_id: String,
    /// The secret that goes with it; a public client has none.
    #[serde(default, deserialize_with = "secret")]
    pub client_secret: Option<SecretString>,
    /// How the secret is shown to it; as it says of itself unless given.
    #[serde(default)]
    pub token_endpoint_auth_method: Option<SecretMethod>,
    /// Where it may send people back to, as they are registered with it: links that the app has claimed.
    pub redirect_uris: Vec<String>,
    /// What is asked for; `openid` always is.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

fn usual_scopes() -> Vec<String> {
    ["openid", "profile", "phone"].map(str::to_owned).to_vec()
}

/// Whether nobody between here and there can read or change what is sent: `https`, or this machine.
pub(super) fn is_private(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

fn check(provider: &ProviderSettings) -> Result<(), String> {
    let ProviderSettings { code, name, issuer, client_id, redirect_uris, scopes, .. } = provider;
    let is_code = |text: &str| {
        (1..=32).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
    };
    if !is_code(code) {
        return Err(format!("code {code:?}: 1 to 32 of a-z, 0-9, - and _"));
    }
    let url = Url::parse(issuer).map_err(|error| format!("issuer of {code}: {error}"))?;
    if !is_private(&url) || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("issuer of {code}: an https address without query or fragment"));
    }
    if name.trim().is_empty() || client_id.is_empty() {
        return Err(format!("{code}: name and client_id must not be empty"));
    }
    if redirect_uris.is_empty() {
        return Err(format!("{code}: redirect_uris names none"));
    }
    for redirect in redirect_uris {
        let url = Url::parse(redirect).map_err(|error| format!("redirect_uris of {code}, {redirect:?}: {error}"))?;
        let is_plain = url.scheme() == "http" && !is_private(&url);
        if is_plain || url.fragment().is_some() {
            return Err(format!("redirect_uris of {code}, {redirect:?}: neither plain http nor with a fragment"));
        }
    }
    if scopes.iter().any(|scope| scope.is_empty() || scope.contains(char::is_whitespace)) {
        return Err(format!("scopes of {code}: each is one word"));
    }
    Ok(())
}

/// Reads the file.
///
/// # Errors
/// [`ProvidersError`], with the first thing that is wrong.
pub(super) fn read(path: &Path) -> Result<Vec<ProviderSettings>, ProvidersError> {
    let wrong = |problem: String| ProvidersError { path: path.display().to_string(), problem };
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let mut providers: Vec<ProviderSettings> = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    for (at, provider) in providers.iter().enumerate() {
        check(provider).map_err(wrong)?;
        if providers.iter().take(at).any(|before| before.code == provider.code) {
            return Err(wrong(format!("{} stands twice", provider.code)));
        }
    }
    for provider in &mut providers {
        if !provider.scopes.iter().any(|scope| scope == "openid") {
            provider.scopes.insert(0, "openid".to_owned());
        }
    }
    Ok(providers)
}

/// What goes wrong where a file is used that came otherwise.
pub(super) fn unusable(path: &Path, problem: impl std::fmt::Display) -> ProvidersError {
    ProvidersError { path: path.display().to_string(), problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str) -> Result<Vec<ProviderSettings>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("providers.json");
        fs::write(&path, text).unwrap();
        read(&path).map_err(|error| error.to_string())
    }

    fn one(with: &str) -> String {
        format!(
            r#"[{{"code": "vneid", "name": "VNeID", "issuer": "https://id.example.vn", "client_id": "pakn",
                "redirect_uris": ["vn.example.pakn:/dang-nhap"]{with}}}]"#
        )
    }

    #[test]
    fn a_provider_is_read_with_what_is_usual() {
        let read = reads(&one("")).unwrap();
        assert_eq!(read[0].scopes, ["openid", "profile", "phone"]);
        assert_eq!(reads(&one(r#", "scopes": ["phone"]"#)).unwrap()[0].scopes, ["openid", "phone"]);
        assert!(reads("[]").unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let changed = |from: &str, to: &str| reads(&one("").replace(from, to)).unwrap_err();
        assert!(changed("https://id", "http://id").contains("an https address"));
        assert!(changed("vn.example.pakn:/dang-nhap", "http://example.vn/back").contains("plain http"));
        assert!(changed("\"vneid\"", "\"VNeID\"").contains("code"));
        assert!(reads(&one(r#", "secret": "x""#)).unwrap_err().contains("unknown field `secret`"));
        let twice = one("").replace("]}]", "]}, {}]").replace("{}", one("").trim_matches(['[', ']']));
        assert!(reads(&twice).is_err());
        assert!(read(Path::new("/nowhere")).unwrap_err().to_string().contains("/nowhere"));
    }
}
