//! `POST /api/v1/categories/suggest`: which field a text may belong to, and whether a petition is the way for it at all.

use actix_web::{HttpResponse, post, web::Data};
use domain::{
    code::CategoryCode,
    petition::Emergency,
    suggest::Nature,
    text::{Content, Title},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::word_key;
use crate::{
    answers::Public,
    app::App,
    body::Body,
    field::{Faults, Field},
    language::Language,
    petition::{CategoryRef, rounded},
    problem::{FaultCode, Problem},
};

/// What somebody is about to send: a text, or title and content.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TextBody {
    /// All of it.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 10_000, example = "Đèn đường trước nhà tôi không sáng")]
    text: Field<String>,
    /// The title.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    title: Field<String>,
    /// The content.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 10_000)]
    content: Field<String>,
}

/// A field that the text may belong to.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestedCategory {
    category: CategoryRef,
    /// How likely, of all fields, 0 to 1.
    #[schema(example = 0.82)]
    weight: f64,
    /// The words of the text that spoke for it, the most telling first.
    words: Vec<String>,
}

/// What the text reads like besides a petition.
#[derive(Debug, Serialize, ToSchema)]
pub struct NatureHint {
    /// `emergency`, `denunciation` or `complaint`.
    #[schema(value_type = String, example = "complaint")]
    kind: Nature,
    /// Where that goes, in the language of the answer.
    message: String,
    /// The number to call, in an emergency.
    #[schema(example = json!(null))]
    hotline: Option<&'static str>,
}

/// A proposal; whoever sends the petition chooses, and the agency may correct it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestion {
    /// The likeliest first, at most three; empty where nothing fits.
    suggestions: Vec<SuggestedCategory>,
    /// What else it may be; mostly nothing.
    hints: Vec<NatureHint>,
}

fn hint(kind: Nature, texts: &[&str], language: Language) -> NatureHint {
    let hotline = Emergency::in_texts(texts).filter(|_| kind == Nature::Emergency).map(Emergency::hotline);
    let message = match kind {
        Nature::Emergency => {
            let number = hotline.unwrap_or("113, 114, 115");
            match language {
                Language::Vietnamese => format!("Hãy gọi ngay {number}. Phản ánh không thay cho cuộc gọi khẩn cấp."),
                Language::English => format!("Call {number} now. A petition does not replace an emergency call."),
            }
        }
        Nature::Complaint => language
            .choose(
                "Nội dung giống khiếu nại một quyết định hoặc hành vi hành chính đối với chính bạn. Khiếu nại được giải quyết theo Luật \
                 Khiếu nại, không qua phản ánh, kiến nghị: hãy gửi đơn đến người đã ra quyết định hoặc cơ quan có cán bộ đã thực hiện \
                 hành vi đó, hoặc đến nơi tiếp công dân.",
                "This reads like a complaint against a decision or an act of a state body that concerns yourself. Complaints go by the Law \
                 on Complaints, not by petition: write to whoever made the decision, or to the agency whose official acted, or go to a \
                 reception office for citizens.",
            )
            .to_owned(),
        Nature::Denunciation => language
            .choose(
                "Nội dung giống tố cáo hành vi vi phạm pháp luật của cán bộ. Tố cáo được giải quyết theo Luật Tố cáo, không qua phản ánh, \
                 kiến nghị, và danh tính người tố cáo được bảo vệ: hãy gửi đơn đến người đứng đầu cơ quan quản lý cán bộ đó, đến cơ quan \
                 thanh tra, hoặc đến nơi tiếp công dân.",
                "This reads like a denunciation of an official who broke the law. Denunciations go by the Law on Denunciations, not by \
                 petition, and who denounces is protected: write to the head of the agency that the official belongs to, to the \
                 inspectorate, or go to a reception office for citizens.",
            )
            .to_owned(),
    };
    NatureHint { kind, message, hotline }
}

/// Proposes fields for a text, with the words that spoke for each, and says where the text reads like something that no petition is for. It
/// decides nothing and keeps nothing: the field is the sender's to choose, and what is sent is stored as any petition is.
#[utoipa::path(
    operation_id = "suggest_category", tag = "catalogue", security(()), request_body = TextBody,
    responses(
        (status = 200, body = Suggestion),
        Public,
    )
)]
#[post("/categories/suggest")]
pub async fn suggest_category(
    app: Data<App>,
    language: Language,
    body: Body<TextBody>,
) -> Result<HttpResponse, Problem> {
    let TextBody { text, title, content } = body.value;
    let mut faults = Faults::default();
    if [&text, &title, &content].iter().all(|field| **field == Field::Absent) {
        faults.add("/text", FaultCode::Required);
    }
    let title = faults.optional("/title", title).and_then(|raw| faults.text("/title", Title::parse(&raw)));
    let mut long = |pointer: &str, field: Field<String>| {
        let raw = faults.optional(pointer, field)?;
        faults.text(pointer, Content::parse(&raw)).map(Content::into_string)
    };
    let (text, content) = (long("/text", text), long("/content", content));
    let texts = [title.map(Title::into_string), text, content];
    let texts: Vec<&str> = faults.finish(Some(&texts))?.iter().flatten().map(String::as_str).collect();
    let (held, catalogue) = (app.suggester.0.load(), app.catalogue());
    let day = catalogue.catalogue.directory.day();
    let fits = held.model.fits(&texts.join("\n"), |form| word_key(&app.vault, form));
    let chosen = |category: &CategoryCode| {
        catalogue.catalogue.category(category).is_some_and(|known| known.validity.covers(day))
    };
    let suggestions = fits.into_iter().filter(|fit| chosen(&fit.category)).map(|fit| SuggestedCategory {
        category: CategoryRef::of(&catalogue, &fit.category, language),
        weight: rounded(fit.weight),
        words: fit.words,
    });
    let suggestions = suggestions.collect();
    let hints = Nature::of(&texts).into_iter().map(|kind| hint(kind, &texts, language)).collect();
    Ok(HttpResponse::Ok().json(Suggestion { suggestions, hints }))
}
