//! The frame of every page: its head, who is signed in, the language, and the headers it is sent with.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
};
use maud::{DOCTYPE, Markup, html};

use super::{
    assets::{ICON, SCRIPT, STYLE},
    session::Reader,
};
use crate::{
    language::Language,
    problem::{Code, Problem},
    steering::GENERATOR,
};

/// What a page may load and where it may send: this server, and nothing inline. `connect-src` is for the script that fetches the
/// same page for another instant.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A page that is not finished yet.
pub struct Page<'a> {
    /// Its language.
    pub language: Language,
    /// What stands on the tab, before the name of the whole.
    pub title: &'a str,
    /// Who reads it, where somebody has signed in.
    pub reader: Option<&'a Reader>,
    /// The same page in the other language.
    pub other_language: Option<String>,
    /// Goes there by itself, at once.
    pub leads_to: Option<&'a str>,
}

impl<'a> Page<'a> {
    /// A page that nobody need have signed in for.
    pub fn plain(language: Language, title: &'a str) -> Self {
        Self { language, title, reader: None, other_language: None, leads_to: None }
    }

    /// The answer with that inside.
    pub fn around(&self, status: StatusCode, main: &Markup) -> HttpResponse {
        let mut response = HttpResponse::build(status);
        response
            .insert_header((header::CONTENT_LANGUAGE, self.language.tag()))
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            // A form that is sent from here must say where it comes from; other sites learn nothing.
            .insert_header((header::REFERRER_POLICY, "same-origin"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header(("cross-origin-opener-policy", "same-origin"))
            .insert_header(("cross-origin-resource-policy", "same-origin"))
            .insert_header((header::CACHE_CONTROL, "no-store"));
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Cookie realm=\"/dashboard\""));
        }
        response.content_type("text/html; charset=utf-8").body(self.document(main).into_string())
    }

    fn document(&self, main: &Markup) -> Markup {
        let say = |vietnamese, english| self.language.choose(vietnamese, english);
        html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    @if let Some(address) = self.leads_to { meta http-equiv="refresh" content={ "0;url=" (address) }; }
                    title { (self.title) " · pakn" }
                    link rel="icon" href=(ICON.address()) type="image/svg+xml";
                    link rel="stylesheet" href=(STYLE.address());
                    script src=(SCRIPT.address()) defer {}
                }
                body {
                    a .skip href="#main" { (say("Đến nội dung chính", "Skip to the content")) }
                    header .site {
                        p .organisation { (say("Tỉnh Bắc Ninh · Ban Chỉ đạo Chuyển đổi số", "Bắc Ninh province · Steering Committee for Digital Transformation")) }
                        div .who {
                            @if let Some(address) = &self.other_language {
                                @let other = self.language.other().tag();
                                a href=(address) hreflang=(other) lang=(other) { (say("English", "Tiếng Việt")) }
                            }
                            @if let Some(reader) = self.reader {
                                form method="post" action={ "/dashboard/sign-out?lang=" (self.language.tag()) } {
                                    input type="hidden" name="form_token" value=(reader.form_token());
                                    span .name { (reader.account.full_name) }
                                    button .quiet type="submit" { (say("Đăng xuất", "Sign out")) }
                                }
                            }
                        }
                    }
                    main #main tabindex="-1" { (main) }
                    footer .site {
                        p { (say("Lập bởi ", "Made by ")) (GENERATOR) ". " a href="/docs/" { (say("Tài liệu API", "API documentation")) } }
                    }
                }
            }
        }
    }
}

/// A problem as a page.
pub fn of_problem(problem: &Problem, language: Language, request_id: Option<&str>) -> HttpResponse {
    let title = problem.code.title(language);
    let page = Page::plain(language, title);
    let details = problem.faults.iter().map(|fault| {
        let more = fault.detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
        format!("{} — {}{more}", fault.pointer.trim_start_matches('/'), fault.code.title(language))
    });
    let mut response = page.around(
        problem.code.status(),
        &html! {
            section .notice {
                h1 { (title) }
                @if let Some(detail) = &problem.detail { p { (detail) } }
                @if problem.code == Code::PasswordChangeRequired {
                    p { (language.choose("Mật khẩu này do hệ thống cấp. Hãy đổi mật khẩu trong ứng dụng (hoặc qua POST /api/v1/me/password), rồi đăng nhập lại tại đây.", "The system made this password. Change it in the app (or by POST /api/v1/me/password), then sign in here again.")) }
                }
                @if problem.code == Code::SecondFactorSetupRequired {
                    p { (language.choose("Hãy thiết lập xác thực hai lớp trong ứng dụng (hoặc qua POST /api/v1/me/second-factor), rồi đăng nhập lại tại đây.", "Set up a second factor in the app (or by POST /api/v1/me/second-factor), then sign in here again.")) }
                }
                @if !problem.faults.is_empty() { ul { @for detail in details { li { (detail) } } } }
                p {
                    a href={ "/dashboard?lang=" (language.tag()) } { (language.choose("Về trang số liệu", "To the figures")) }
                    " · "
                    a href={ "/dashboard/sign-in?lang=" (language.tag()) } { (language.choose("Đăng nhập bằng tài khoản khác", "Sign in with another account")) }
                }
                @if let Some(id) = request_id {
                    p .small { (language.choose("Mã yêu cầu: ", "Request: ")) code { (id) } }
                }
            }
        },
    );
    problem.tell_wait(response.headers_mut());
    response
}
