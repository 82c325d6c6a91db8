//! Registration, sign-in, sessions and passwords.

use std::{collections::BTreeSet, time::Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Person, Reply, TestApp, both_engines};

use crate::retries::at_once;

both_engines!(
    a_citizen_registers_by_phone_however_it_is_written,
    a_citizen_registers_by_e_mail,
    all_that_is_wrong_with_a_registration_is_named,
    names_are_as_people_have_them,
    a_login_belongs_to_one_person,
    signing_in_tells_nobody_who_has_an_account,
    a_refresh_token_is_good_once,
    of_two_who_refresh_at_once_nobody_keeps_a_stolen_session,
    signing_out_ends_the_session_and_no_other,
    a_password_is_changed_and_every_session_ends,
);

pub(crate) const PASSWORD: &str = "đèn đường sáng";

/// A registration by phone.
fn registration(phone: &str) -> Value {
    json!({"phone": phone, "password": PASSWORD, "full_name": "Nguyễn Thị Hà"})
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

async fn registers(app: &TestApp, body: &Value) -> Reply {
    app.stranger().post("auth/register", body).await
}

pub(crate) async fn signs_in(app: &TestApp, login: &str, password: &str) -> Reply {
    app.stranger().post("auth/login", &json!({"login": login, "password": password})).await
}

pub(crate) async fn refreshes(app: &TestApp, token: &Value) -> Reply {
    app.stranger().post("auth/refresh", &json!({"refresh_token": token})).await
}

/// Whoever holds the access token of a pair.
pub(crate) fn holder<'a>(app: &'a TestApp, pair: &Value) -> Person<'a> {
    app.stranger().with_token(pair["access_token"].as_str().unwrap())
}

/// An account shows what is meant to be shown and nothing else: no password, no hash, no token.
#[track_caller]
pub(crate) fn shows_no_secret(account: &Value) {
    let shown: BTreeSet<&str> = account.as_object().unwrap().keys().map(String::as_str).collect();
    let meant = ["id", "login", "full_name", "role", "agency", "must_change_password", "verified", "second_factor"];
    assert_eq!(shown, BTreeSet::from(meant), "{account}");
}

async fn a_citizen_registers_by_phone_however_it_is_written(app: TestApp) {
    let spellings = [
        ("0912345670", "+84912345670"),
        ("0912 345 671", "+84912345671"),
        ("+84 912.345.672", "+84912345672"),
        ("84912345673", "+84912345673"),
        ("(091) 234-5674", "+84912345674"),
        // A landline.
        ("0222 3822 155", "+842223822155"),
    ];
    for (written, login) in spellings {
        let account = registers(&app, &registration(written)).await.expect(201);
        assert_eq!(account["login"], login);
        assert_eq!((&account["role"], &account["agency"]), (&json!("citizen"), &Value::Null));
        assert_eq!((&account["full_name"], &account["must_change_password"]), (&json!("Nguyễn Thị Hà"), &json!(false)));
        shows_no_secret(&account);
    }
    // Registered in one spelling, signed in with another.
    for spelling in ["0912345670", "+84912345670", "84 912 345 670", "0912.345.670"] {
        let pair = signs_in(&app, spelling, PASSWORD).await.expect(200);
        assert_eq!((&pair["token_type"], &pair["must_change_password"]), (&json!("Bearer"), &json!(false)));
        assert_eq!(pair["expires_in"], 900);
        let me = holder(&app, &pair).get("me").await.expect(200);
        assert_eq!(me["login"], "+84912345670");
        shows_no_secret(&me);
    }
    // Another device gives the letters decomposed; the password is the same.
    let decomposed = "đe\u{300}n đu\u{31B}o\u{31B}\u{300}ng sa\u{301}ng";
    assert_ne!(decomposed, PASSWORD);
    let pair = signs_in(&app, "0912345670", decomposed).await.expect(200);
    holder(&app, &pair).submits(&tests::Draft::street_lamp()).await;
}

async fn a_citizen_registers_by_e_mail(app: TestApp) {
    let body = json!({"email": " Ha.Nguyen+pakn@Example.VN ", "password": PASSWORD, "full_name": "Hà"});
    let account = registers(&app, &body).await.expect(201);
    assert_eq!(account["login"], "ha.nguyen+pakn@example.vn");
    let pair = signs_in(&app, "HA.NGUYEN+PAKN@example.vn", PASSWORD).await.expect(200);
    assert_eq!(holder(&app, &pair).get("me").await.expect(200), account);
    // As a form sends it that has a field for each.
    let body = json!({"phone": null, "email": "b@c.vn", "password": PASSWORD, "full_name": "B"});
    registers(&app, &body).await.expect(201);
}

async fn all_that_is_wrong_with_a_registration_is_named(app: TestApp) {
    let good = || registration("0912345678");
    let by_mail = |email: &str| json!({"email": email, "password": PASSWORD, "full_name": "Hà"});
    let with_password = |password: &str| with(good(), "password", json!(password));
    let mut cases = vec![
        (json!({}), vec![("/phone", "phone_or_email"), ("/password", "required"), ("/full_name", "required")]),
        (with(good(), "email", json!("a@b.vn")), vec![("/phone", "phone_or_email")]),
        (with(good(), "phone", json!(912_345_678)), vec![("/phone", "wrong_type")]),
        (with(good(), "email", json!(["a@b.vn"])), vec![("/email", "wrong_type")]),
        (with(good(), "password", json!(12_345_678)), vec![("/password", "wrong_type")]),
        (with(good(), "full_name", json!({"first": "Hà"})), vec![("/full_name", "wrong_type")]),
        (with(good(), "full_name", json!("  ")), vec![("/full_name", "blank")]),
        (with(good(), "full_name", json!("Hà\nNguyễn")), vec![("/full_name", "control_character")]),
        (with(good(), "full_name", json!("\u{202E}àH")), vec![("/full_name", "control_character")]),
        (with(good(), "full_name", json!("N".repeat(300))), vec![("/full_name", "too_long")]),
        (with_password("bảy chữ"), vec![("/password", "too_short")]),
        (with_password(""), vec![("/password", "too_short")]),
        (with_password(&"x".repeat(257)), vec![("/password", "too_long")]),
        // 100 letters, 300 bytes.
        (with_password(&"ệ".repeat(100)), vec![("/password", "too_long")]),
        (with_password("12345678"), vec![("/password", "password_common")]),
        (with_password("Anh yêu em"), vec![("/password", "password_common")]),
        (with_password("+84912345678"), vec![("/password", "password_is_login")]),
        // The same number, as its owner writes it.
        (with_password("0912345678"), vec![("/password", "password_is_login")]),
        (with_password("0912 345 678"), vec![("/password", "password_is_login")]),
        (with(by_mail("ha@example.vn"), "password", json!("HA@Example.vn")), vec![("/password", "password_is_login")]),
        (
            json!({"phone": "x", "password": "y", "full_name": "\u{0}"}),
            vec![("/phone", "invalid_phone"), ("/password", "too_short"), ("/full_name", "control_character")],
        ),
    ];
    for phone in ["", "1022", "0112345678", "091234567", "09123456789", "+855 12 345 678", "0912345678x", "٠٩١٢٣٤٥٦٧٨"]
    {
        cases.push((registration(phone), vec![("/phone", "invalid_phone")]));
    }
    for email in ["", "a", "a@b", "@b.vn", "a@@b.vn", "a b@c.vn", "a@b..vn", "Hà <ha@b.vn>", "a@b.vn,c@d.vn"] {
        cases.push((by_mail(email), vec![("/email", "invalid_email")]));
    }
    for (body, faults) in cases {
        registers(&app, &body).await.faults(&faults);
    }
    let long = format!("{}@{}.vn", "a".repeat(64), "b".repeat(200));
    registers(&app, &by_mail(&long)).await.faults(&[("/email", "invalid_email")]);
    registers(&app, &json!([])).await.faults(&[("", "wrong_type")]);
    registers(&app, &good()).await.expect(201);
}

async fn names_are_as_people_have_them(app: TestApp) {
    let names = [
        ("Nguyễn Đặng Thuỳ-Trâm", "Nguyễn Đặng Thuỳ-Trâm"),
        ("Ý", "Ý"),
        ("O", "O"),
        ("H’Hen Niê", "H’Hen Niê"),
        ("  Trần  Văn\u{A0}A ", "Trần  Văn\u{A0}A"),
        ("Nguye\u{302}\u{303}n", "Nguyễn"),
        ("Công Tằng Tôn Nữ Thị Ngọc Bảo Châu", "Công Tằng Tôn Nữ Thị Ngọc Bảo Châu"),
        ("Null", "Null"),
    ];
    for (number, (written, kept)) in names.into_iter().enumerate() {
        let body = with(registration(&format!("091234567{number}")), "full_name", json!(written));
        assert_eq!(registers(&app, &body).await.expect(201)["full_name"], kept);
    }
    let longest = with(registration("0912345678"), "full_name", json!("ệ".repeat(200)));
    registers(&app, &longest).await.expect(201);
}

async fn a_login_belongs_to_one_person(app: TestApp) {
    registers(&app, &registration("0912345678")).await.expect(201);
    for spelling in ["0912345678", "+84912345678", "84912345678", "0912 345 678"] {
        registers(&app, &registration(spelling)).await.problem(409, "login_taken");
    }
    let by_mail = |email: &str| json!({"email": email, "password": PASSWORD, "full_name": "Hà"});
    registers(&app, &by_mail("ha@example.vn")).await.expect(201);
    registers(&app, &by_mail("HA@EXAMPLE.VN")).await.problem(409, "login_taken");
    // At the same time, when neither finds the other.
    let request = || app.stranger().request(Method::POST, "auth/register").json(&registration("0987654321"));
    let replies = at_once((0..4).map(|_| request())).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        reply.problem(409, "login_taken");
    }
    signs_in(&app, "0987654321", PASSWORD).await.expect(200);
}

async fn signing_in_tells_nobody_who_has_an_account(app: TestApp) {
    registers(&app, &registration("0912345678")).await.expect(201);
    let shape = |reply: &Reply| {
        let mut body = reply.problem(401, "bad_credentials");
        body.as_object_mut().unwrap().remove("instance");
        let mut headers: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        (body, headers)
    };
    let wrong = signs_in(&app, "0912345678", "không phải mật khẩu").await;
    let too_long = "x".repeat(10_000);
    let unknown = [
        ("0987654321", "không phải mật khẩu"),
        ("0987654321", ""),
        ("0912345678", ""),
        ("0912345678", &too_long),
        ("khong.co", PASSWORD),
        ("", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("\u{0}", "\u{0}"),
        ("+84912345678 ", &PASSWORD.to_uppercase()),
    ];
    for (login, password) in unknown {
        let reply = signs_in(&app, login, password).await;
        assert_eq!(shape(&reply), shape(&wrong), "{login}");
        assert_eq!(reply.text.len(), wrong.text.len(), "{login}");
    }
    let body = json!({"login": 5, "password": null});
    let faults = [("/login", "wrong_type"), ("/password", "required")];
    app.stranger().post("auth/login", &body).await.faults(&faults);

    // The least of some, one of each kind in turn: other tests are running on the same cores, and only ever add to it.
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..7 {
        for (kind, login) in ["0912345678", "0987654321", "no login at all"].into_iter().enumerate() {
            let begun = Instant::now();
            signs_in(&app, login, "không phải mật khẩu").await.problem(401, "bad_credentials");
            times[kind].push(begun.elapsed());
        }
    }
    let leasts = times.map(|times| times.into_iter().min().unwrap());
    let (least, most) = (leasts.iter().min().unwrap(), leasts.iter().max().unwrap());
    assert!(*most < *least * 3, "the time tells who has an account: {leasts:?}");
    signs_in(&app, "0912345678", PASSWORD).await.expect(200);
}

async fn a_refresh_token_is_good_once(app: TestApp) {
    registers(&app, &registration("0912345678")).await.expect(201);
    let first = signs_in(&app, "0912345678", PASSWORD).await.expect(200);
    let elsewhere = signs_in(&app, "0912345678", PASSWORD).await.expect(200);
    let mut pairs = vec![first];
    for _ in 0..3 {
        let next = refreshes(&app, &pairs.last().unwrap()["refresh_token"]).await.expect(200);
        holder(&app, &next).get("me").await.expect(200);
        pairs.push(next);
    }
    let tokens: BTreeSet<&str> = pairs.iter().map(|pair| pair["refresh_token"].as_str().unwrap()).collect();
    assert_eq!(tokens.len(), pairs.len(), "each is new");
    // Somebody has an old one: whoever it is, the session ends, for the owner's newest token too.
    refreshes(&app, &pairs[1]["refresh_token"]).await.problem(401, "invalid_refresh_token");
    for pair in pairs.iter().rev() {
        refreshes(&app, &pair["refresh_token"]).await.problem(401, "invalid_refresh_token");
    }
    refreshes(&app, &elsewhere["refresh_token"]).await.expect(200);
    for nonsense in [json!(""), json!("0".repeat(64)), json!("\u{0}"), pairs[0]["access_token"].clone()] {
        refreshes(&app, &nonsense).await.problem(401, "invalid_refresh_token");
    }
    for (body, fault) in [(json!({}), "required"), (json!({"refresh_token": 5}), "wrong_type")] {
        app.stranger().post("auth/refresh", &body).await.faults(&[("/refresh_token", fault)]);
    }
}

async fn of_two_who_refresh_at_once_nobody_keeps_a_stolen_session(app: TestApp) {
    registers(&app, &registration("0912345678")).await.expect(201);
    for _ in 0..5 {
        let pair = signs_in(&app, "0912345678", PASSWORD).await.expect(200);
        let body = json!({"refresh_token": pair["refresh_token"]});
        let request = || app.stranger().request(Method::POST, "auth/refresh").json(&body);
        let replies = at_once((0..4).map(|_| request())).await;
        let won: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 200).collect();
        assert!(won.len() <= 1, "{} were let in with one token", won.len());
        for reply in replies.iter().filter(|reply| reply.status != 200) {
            reply.problem(401, "invalid_refresh_token");
        }
        for reply in won {
            refreshes(&app, &reply.json()["refresh_token"]).await.problem(401, "invalid_refresh_token");
        }
    }
}

async fn signing_out_ends_the_session_and_no_other(app: TestApp) {
    registers(&app, &registration("0912345678")).await.expect(201);
    let (phone, tablet) = (
        signs_in(&app, "0912345678", PASSWORD).await.expect(200),
        signs_in(&app, "0912345678", PASSWORD).await.expect(200),
    );
    app.stranger().post("auth/logout", &json!({})).await.problem(401, "unauthenticated");
    let gone = holder(&app, &phone).post("auth/logout", &json!({})).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    // The access token ends with it.
    holder(&app, &phone).post("auth/logout", &json!({})).await.problem(401, "invalid_token");
    holder(&app, &phone).get("me").await.problem(401, "invalid_token");
    holder(&app, &tablet).get("me").await.expect(200);
    refreshes(&app, &phone["refresh_token"]).await.problem(401, "invalid_refresh_token");
    refreshes(&app, &tablet["refresh_token"]).await.expect(200);
}

async fn a_password_is_changed_and_every_session_ends(app: TestApp) {
    registers(&app, &registration("0912345678")).await.expect(201);
    let phone = signs_in(&app, "0912345678", PASSWORD).await.expect(200);
    let tablet = signs_in(&app, "0912345678", PASSWORD).await.expect(200);
    let me = holder(&app, &phone);
    let changes = async |current: Value, new: Value| {
        me.post("me/password", &json!({"current_password": current, "new_password": new})).await
    };
    let new = "một mật khẩu khác";
    app.stranger().post("me/password", &json!({})).await.problem(401, "unauthenticated");
    me.post("me/password", &json!({}))
        .await
        .faults(&[("/current_password", "required"), ("/new_password", "required")]);
    changes(json!("không phải"), json!(new)).await.faults(&[("/current_password", "wrong_password")]);
    changes(json!(5), json!("ngắn"))
        .await
        .faults(&[("/current_password", "wrong_type"), ("/new_password", "too_short")]);
    changes(json!(PASSWORD), json!("x".repeat(257))).await.faults(&[("/new_password", "too_long")]);
    for login in ["+84912345678", "0912345678"] {
        changes(json!(PASSWORD), json!(login)).await.faults(&[("/new_password", "password_is_login")]);
    }
    changes(json!(PASSWORD), json!(PASSWORD)).await.faults(&[("/new_password", "same_password")]);
    signs_in(&app, "0912345678", new).await.problem(401, "bad_credentials");
    let tablet = refreshes(&app, &tablet["refresh_token"]).await.expect(200);

    let pair = changes(json!(PASSWORD), json!(new)).await.expect(200);
    for old in [&phone, &tablet] {
        refreshes(&app, &old["refresh_token"]).await.problem(401, "invalid_refresh_token");
    }
    signs_in(&app, "0912345678", PASSWORD).await.problem(401, "bad_credentials");
    assert_eq!(holder(&app, &pair).get("me").await.expect(200)["login"], "+84912345678");
    refreshes(&app, &pair["refresh_token"]).await.expect(200);
    signs_in(&app, "+84 912 345 678", new).await.expect(200);
}
