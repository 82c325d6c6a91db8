//! `/dashboard/sign-in` and `/dashboard/sign-out`.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::{StatusCode, header},
    post,
    web::{Data, Form},
};
use domain::id::SessionId;
use maud::html;
use serde::{Deserialize, Serialize};

use super::{
    cookie::Cookie,
    forgery,
    page::Page,
    session::{self, IDLE_LIFE, Reader, WHOLE_LIFE, admit, lasting},
};
use crate::{
    app::App,
    auth::{Credentials, authenticate, browser_digest},
    clock,
    language::Language,
    problem::{Code, Problem},
    query::Query,
    visit::Visit,
};

/// How long a sign-in form may stand open.
const FORM_LIFE: Duration = Duration::from_secs(3600);
/// Where a reader goes who came from nowhere.
const START: &str = "/dashboard";

/// Where to go after the sign-in.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Onwards {
    next: Option<String>,
    lang: Option<String>,
}

impl Onwards {
    /// The address to go to: one of ours, whatever is asked for. What a browser could read as another host is not.
    fn address(&self) -> &str {
        let next = self.next.as_deref().unwrap_or(START);
        let rest = next.strip_prefix(START);
        let is_ours = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('?') || rest.starts_with('/'))
            && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if is_ours { next } else { START }
    }
}

/// To the sign-in, and from there back to what was asked for.
pub fn redirect(request: &HttpRequest) -> HttpResponse {
    let next = request.uri().path_and_query().map(|asked| asked.as_str().to_owned());
    let onwards = Onwards { next, lang: Some(Language::of_page(request).tag().to_owned()) };
    to(&format!("/dashboard/sign-in?{}", serde_urlencoded::to_string(onwards).unwrap_or_default()))
}

fn to(address: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, address))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// A page that asks for the same address again, this time from here.
pub fn once_more(language: Language, request: &HttpRequest) -> HttpResponse {
    let address = request.uri().path_and_query().map_or(START, |asked| asked.as_str());
    let title = language.choose("Đang mở trang", "One moment");
    let page = Page { leads_to: Some(address), ..Page::plain(language, title) };
    page.around(
        StatusCode::OK,
        &html! { p { a href=(address) { (language.choose("Mở trang số liệu", "Open the page")) } } },
    )
}

/// What the form says about a sign-in that did not come about.
fn form(request: &HttpRequest, onwards: &Onwards, login: &str, problem: Option<&Problem>) -> HttpResponse {
    let language = Language::of_page(request);
    let say = |vietnamese, english| language.choose(vietnamese, english);
    // Kept where there is one, so that a form in another tab stays good.
    let secret = Cookie::SignIn.of(request).unwrap_or_else(clock::secret);
    let title = say("Đăng nhập", "Sign in");
    let other = Onwards { next: onwards.next.clone(), lang: Some(language.other().tag().to_owned()) };
    let page = Page {
        other_language: serde_urlencoded::to_string(other).ok().map(|query| format!("/dashboard/sign-in?{query}")),
        ..Page::plain(language, title)
    };
    let status = problem.map_or(StatusCode::OK, |problem| problem.code.status());
    let main = html! {
        section .sign-in aria-labelledby="title" {
            h1 #title { (title) }
            p .lead { (say("Số liệu phản ánh, kiến nghị dành cho Ban Chỉ đạo và cán bộ các cơ quan.", "Figures of petitions, for the Steering Committee and the staff of agencies.")) }
            @if let Some(problem) = problem {
                p .alert #wrong role="alert" { (problem.told(language)) "." }
            }
            form method="post" action={ "/dashboard/sign-in?lang=" (language.tag()) } {
                input type="hidden" name="form_token" value=(forgery::form_token(&secret));
                input type="hidden" name="next" value=(onwards.address());
                label for="login" { (say("Tên đăng nhập", "Login")) }
                input #login name="login" type="text" autocomplete="username" autocapitalize="none" spellcheck="false"
                    required maxlength="256" value=(login) aria-describedby=[problem.map(|_| "wrong")];
                label for="password" { (say("Mật khẩu", "Password")) }
                input #password name="password" type="password" autocomplete="current-password" required
                    aria-describedby=[problem.map(|_| "wrong")];
                label for="code" { (say("Mã xác thực hai lớp (nếu đã bật)", "Code of the second factor (if you have one)")) }
                input #code name="code" type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="16";
                button type="submit" { (title) }
            }
        }
    };
    let mut response = page.around(status, &main);
    if let Some(problem) = problem {
        problem.tell_wait(response.headers_mut());
    }
    add_cookie(&mut response, Cookie::SignIn.set(&secret, FORM_LIFE, request));
    response
}

fn add_cookie(response: &mut HttpResponse, (name, value): (header::HeaderName, String)) {
    match header::HeaderValue::try_from(value) {
        Ok(value) => response.headers_mut().append(name, value),
        // Of a name, a path and hexadecimal digits.
        Err(error) => tracing::error!(%error, "a cookie could not be set"),
    }
}

/// The form.
#[get("/dashboard/sign-in")]
pub async fn show(request: HttpRequest, Query(onwards): Query<Onwards>) -> HttpResponse {
    form(&request, &onwards, "", None)
}

/// The form, filled in.
#[derive(Deserialize)]
pub struct Filled {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    next: Option<String>,
}

/// What a reader can mend, or wait for, on the form.
fn told_on_the_form(code: Code) -> bool {
    [
        Code::BadCredentials,
        Code::SecondFactorRequired,
        Code::WrongSecondFactor,
        Code::TooManyTries,
        Code::TooManyRequests,
    ]
    .contains(&code)
}

/// Signs in. What is wrong is said on the form; a session begins for somebody who may read here, and for nobody else.
#[post("/dashboard/sign-in")]
pub async fn enter(
    app: Data<App>,
    request: HttpRequest,
    visit: Visit,
    Form(filled): Form<Filled>,
) -> Result<HttpResponse, Problem> {
    let Filled { form_token, login, password, code, next } = filled;
    let onwards = Onwards { next, lang: None };
    let is_bound = Cookie::SignIn.of(&request).is_some_and(|secret| forgery::fits(&form_token, &secret));
    if !forgery::from_our_page(&request) || !is_bound {
        return Ok(form(&request, &onwards, &login, Some(&Problem::new(Code::ForgedForm))));
    }
    // A field that was left empty was not filled in.
    let code = Some(code).filter(|code| !code.trim().is_empty());
    let proven = match authenticate(&app, &visit, Credentials { login: login.clone(), password, code }).await {
        Ok(proven) => proven,
        Err(problem) if told_on_the_form(problem.code) => {
            return Ok(form(&request, &onwards, &login, Some(&problem)));
        }
        Err(problem) => return Err(problem),
    };
    admit(&app, &proven.account)?;
    let before = session::opened(&request, &app).await?;
    let (now, secret) = (clock::now(), clock::secret());
    let id = SessionId::new(now, &clock::id_randomness());
    let mut unit = app.store.begin().await?;
    if let Some((_, before, _)) = before {
        unit.end_session(before.session, now).await?;
    }
    let (account, origin) = match proven.settle(&mut unit).await {
        Ok(settled) => settled,
        Err(problem) if told_on_the_form(problem.code) => {
            return Ok(form(&request, &onwards, &login, Some(&problem)));
        }
        Err(problem) => return Err(problem),
    };
    unit.begin_session(id, account.id, &origin, &browser_digest(&secret), now, now.plus(lasting(IDLE_LIFE))).await?;
    unit.commit().await?;
    let mut response = to(onwards.address());
    add_cookie(&mut response, Cookie::Session.set(&secret, WHOLE_LIFE, &request));
    add_cookie(&mut response, Cookie::SignIn.clear(&request));
    Ok(response)
}

/// The form that a page has for signing out.
#[derive(Deserialize)]
pub struct Leaving {
    #[serde(default)]
    form_token: String,
}

/// Ends the session, at once and for good.
#[post("/sign-out")]
pub async fn leave(
    app: Data<App>,
    request: HttpRequest,
    reader: Reader,
    Form(leaving): Form<Leaving>,
) -> Result<HttpResponse, Problem> {
    if !forgery::from_our_page(&request) || !reader.gave(&leaving.form_token) {
        return Err(Problem::new(Code::ForgedForm));
    }
    let mut unit = app.store.begin().await?;
    unit.end_session(reader.session, clock::now()).await?;
    unit.commit().await?;
    let mut response = to(&format!("/dashboard/sign-in?lang={}", Language::of_page(&request).tag()));
    add_cookie(&mut response, Cookie::Session.clear(&request));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_on_to_our_own_pages_alone() {
        let goes = |next: &str| Onwards { next: Some(next.to_owned()), lang: None }.address().to_owned();
        for ours in ["/dashboard", "/dashboard?as_of=2022-09-01", "/dashboard/petitions?bucket=answered"] {
            assert_eq!(goes(ours), ours);
        }
        for foreign in [
            "",
            "/",
            "//evil.example/dashboard",
            "https://evil.example/dashboard",
            "/dashboardx",
            "/dashboard\\@evil.example",
            "/dashboard?\r\nset-cookie: x=1",
            "javascript:alert(1)",
        ] {
            assert_eq!(goes(foreign), START, "{foreign}");
        }
    }
}
