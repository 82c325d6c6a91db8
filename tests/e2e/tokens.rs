//! Access tokens: who they let in, and who they do not.

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode, get_current_timestamp,
    jwk::JwkSet,
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Draft, Person, Reply, TestApp, both_engines};

both_engines!(
    anybody_can_check_a_token_with_the_published_keys,
    a_token_that_is_not_right_in_every_way_lets_nobody_in,
    a_token_of_another_server_lets_nobody_in,
    a_header_that_is_no_token_lets_nobody_in,
);

/// What a token of that person says.
fn claims(person: &Person<'_>) -> Value {
    let account = person.account.as_ref().unwrap();
    let now = get_current_timestamp();
    json!({
        "iss": "pakn",
        "aud": "pakn-api",
        "sub": account.id.0,
        "sid": account.id.0,
        "role": account.role.as_str(),
        "agency": account.role.needs_agency().then(|| account.actor.agency()).flatten(),
        "must_change_password": false,
        "iat": now,
        "exp": now + 900,
    })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn signed(app: &TestApp, claims: &Value) -> String {
    let header = Header { kid: Some(app.app.keys.kid()), ..Header::new(Algorithm::EdDSA) };
    encode(&header, claims, &app.app.keys.encoding().unwrap()).unwrap()
}

/// A token put together by hand: base64url of each part, without padding.
fn by_hand(header: &Value, claims: &Value, signature: &str) -> String {
    let base64url = |text: String| {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut coded = String::new();
        for three in text.as_bytes().chunks(3) {
            let bits = three.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - three.len()));
            coded.extend((0..=three.len()).map(|n| char::from(ALPHABET[bits >> (18 - 6 * n) & 63])));
        }
        coded
    };
    format!("{}.{}.{signature}", base64url(header.to_string()), base64url(claims.to_string()))
}

async fn lets_nobody_in(app: &TestApp, name: &str, token: &str) {
    let bearer = app.stranger().with_token(token);
    for reply in [bearer.get("me").await, bearer.sends(&Draft::street_lamp()).await] {
        assert_eq!(reply.status, 401, "{name}: {}", reply.text);
        reply.problem(401, "invalid_token");
        assert!(reply.header("www-authenticate").starts_with("Bearer"), "{name}");
    }
}

async fn anybody_can_check_a_token_with_the_published_keys(app: TestApp) {
    let officer = app.officer("ubnd-256").await;
    let token = officer.token.clone().unwrap();
    let published = app.stranger().get("/.well-known/jwks.json").await;
    assert!(published.header("cache-control").contains("max-age"), "it may be kept a while");
    let published = published.expect(200);
    for key in published["keys"].as_array().unwrap() {
        assert_eq!((&key["kty"], &key["crv"], &key["use"]), (&json!("OKP"), &json!("Ed25519"), &json!("sig")));
        assert_eq!(key.get("d"), None, "the private half is not published");
    }
    let keys: JwkSet = serde_json::from_value(published).unwrap();
    let header = decode_header(&token).unwrap();
    assert_eq!(header.alg, Algorithm::EdDSA);
    let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["pakn-api"]);
    validation.set_issuer(&["pakn"]);
    let told = decode::<Value>(&token, &key, &validation).unwrap().claims;
    let account = officer.account.as_ref().unwrap();
    assert_eq!(told["sub"], account.id.0.to_string());
    assert_eq!((&told["role"], &told["agency"]), (&json!("officer"), &json!("ubnd-256")));
    assert_eq!(told["exp"].as_u64().unwrap() - told["iat"].as_u64().unwrap(), 900);
    // A token is read by whoever holds it: nothing personal is in it.
    for personal in [&account.full_name, account.login.as_str(), &account.password_hash] {
        assert!(!told.to_string().contains(personal), "{told}");
    }
}

async fn a_token_that_is_not_right_in_every_way_lets_nobody_in(app: TestApp) {
    let (citizen, officer) = (app.citizen().await, app.officer("ubnd-256").await);
    let good = || claims(&citizen);
    let now = get_current_timestamp();
    citizen.with_token(&signed(&app, &good())).get("me").await.expect(200);
    officer.with_token(&signed(&app, &claims(&officer))).get("agency/petitions").await.expect(200);

    let wrong = [
        ("expired", with(good(), "exp", json!(now - 60))),
        ("expired long ago", with(with(good(), "iat", json!(0)), "exp", json!(900))),
        ("never expires", without(good(), "exp")),
        ("expires in words", with(good(), "exp", json!("never"))),
        ("expires at no time", with(good(), "exp", json!(null))),
        ("expires before the epoch", with(good(), "exp", json!(-1))),
        ("another issuer", with(good(), "iss", json!("pakn.example"))),
        ("no issuer", without(good(), "iss")),
        ("another audience", with(good(), "aud", json!("another-api"))),
        ("no audience", without(good(), "aud")),
        ("nobody", without(good(), "sub")),
        ("somebody who is no id", with(good(), "sub", json!("admin"))),
        ("no session", without(good(), "sid")),
        ("no role", without(good(), "role")),
        ("an unknown role", with(good(), "role", json!("root"))),
        ("an officer of no agency", with(good(), "role", json!("officer"))),
        ("a citizen of an agency", with(good(), "agency", json!("ubnd-256"))),
        ("no word on the password", without(good(), "must_change_password")),
        ("no claims", json!({})),
    ];
    for (name, claims) in wrong {
        lets_nobody_in(&app, name, &signed(&app, &claims)).await;
    }

    let kid = app.app.keys.kid();
    let token = signed(&app, &good());
    let [head, body, signature]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let admin = signed(&app, &with(good(), "role", json!("admin")));
    let keys = app.stranger().get("/.well-known/jwks.json").await.expect(200);
    let public = keys["keys"][0]["x"].as_str().unwrap();
    let public_bytes = format!("{}=", public.replace('-', "+").replace('_', "/"));
    let hmac = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::HS256) };
    let by_hmac = |key: &EncodingKey| encode(&hmac, &good(), key).unwrap();
    let other_letter = if signature.starts_with('A') { "B" } else { "A" };
    let none = |alg: &str| by_hand(&json!({"alg": alg, "typ": "JWT", "kid": kid}), &good(), "");
    // Putting together by hand gives what the library gives, so what follows is refused for what it says.
    let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": kid});
    assert_eq!(by_hand(&header, &good(), "").split('.').nth(1), Some(body));
    let forged = [
        ("another signature", format!("{head}.{body}.{other_letter}{}", &signature[1..])),
        ("no signature", format!("{head}.{body}.")),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{token}.{signature}")),
        ("claims of another token", format!("{head}.{}.{signature}", admin.split('.').nth(1).unwrap())),
        ("alg none", none("none")),
        ("alg None", none("None")),
        ("alg none with a signature", format!("{}{signature}", none("none"))),
        ("HS256 with the public key's bytes", by_hmac(&EncodingKey::from_base64_secret(&public_bytes).unwrap())),
        ("HS256 with the public key's text", by_hmac(&EncodingKey::from_secret(public.as_bytes()))),
        ("HS256 with nothing", by_hmac(&EncodingKey::from_secret(b""))),
        ("no key named", encode(&Header::new(Algorithm::EdDSA), &good(), &app.app.keys.encoding().unwrap()).unwrap()),
        ("an unknown key named", {
            let header = Header { kid: Some("../../etc/passwd".to_owned()), ..Header::new(Algorithm::EdDSA) };
            encode(&header, &good(), &app.app.keys.encoding().unwrap()).unwrap()
        }),
        ("garbage", "x.y.z".to_owned()),
        ("a word", "token".to_owned()),
        ("nothing", String::new()),
        ("a lot", "a".repeat(4_000)),
    ];
    for (name, token) in forged {
        lets_nobody_in(&app, name, &token).await;
    }
    citizen.with_token(&token).get("me").await.expect(200);
}

async fn a_token_of_another_server_lets_nobody_in(app: TestApp) {
    let (citizen, other) = (app.citizen().await, TestApp::start(app.engine).await);
    lets_nobody_in(&app, "its own", other.citizen().await.token.as_ref().unwrap()).await;
    // Even one that names our key.
    let header = Header { kid: Some(app.app.keys.kid()), ..Header::new(Algorithm::EdDSA) };
    let forged = encode(&header, &claims(&citizen), &other.app.keys.encoding().unwrap()).unwrap();
    lets_nobody_in(&app, "with our key's name", &forged).await;
    // Another server of the same installation has the same keys.
    let twin = app.another_server().await;
    let me = app.client.get(format!("http://{}/api/v1/me", twin.address)).bearer_auth(citizen.token.as_ref().unwrap());
    Reply::read(me.send().await.unwrap()).await.expect(200);
}

async fn a_header_that_is_no_token_lets_nobody_in(app: TestApp) {
    let citizen = app.citizen().await;
    let token = citizen.token.as_ref().unwrap();
    let calls = async |header: Option<&str>| {
        let request = app.stranger().request(Method::GET, "me");
        let request = header.into_iter().fold(request, |request, value| request.header("authorization", value));
        Reply::read(request.send().await.unwrap()).await
    };
    let nobody = calls(None).await;
    nobody.problem(401, "unauthenticated");
    assert!(nobody.header("www-authenticate").starts_with("Bearer"));
    let wrong = [
        format!("Basic {token}"),
        format!("Token {token}"),
        token.clone(),
        format!("Bearer{token}"),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        String::new(),
        "Bearer mật khẩu".to_owned(),
        format!("Bearer {token}, Bearer {token}"),
    ];
    for header in wrong {
        let reply = calls(Some(&header)).await;
        reply.problem(401, "invalid_token");
        assert!(reply.header("www-authenticate").starts_with("Bearer"), "{header}");
    }
    // The scheme's name is not case-sensitive (RFC 9110, 11.1).
    for header in [format!("bearer {token}"), format!("BEARER  {token}")] {
        calls(Some(&header)).await.expect(200);
    }
    // A token in a path or a query would end in logs: it is not looked for there.
    app.stranger().get(&format!("me?access_token={token}")).await.problem(401, "unauthenticated");
}
