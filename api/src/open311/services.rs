//! `GET /open311/v2/services`: the fields that a petition may be of, and what each asks.

use actix_web::{
    HttpResponse, get,
    http::StatusCode,
    web::{Data, Path},
};
use domain::{
    catalogue::Category,
    code::{CategoryCode, QuestionCode},
    question::{Question, QuestionKind},
};
use persistence::CatalogueDay;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    answers::Reading,
    format::{Format, Root},
    jurisdiction::{Asked, JurisdictionQuery},
};
use crate::{
    app::App,
    language::Language,
    problem::{Code, Problem},
};

/// A service: a field of petitions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Service {
    /// The code of the field.
    #[schema(value_type = String, example = "chieu_sang")]
    service_code: CategoryCode,
    #[schema(example = "Chiếu sáng công cộng")]
    service_name: String,
    description: String,
    /// Whether it asks something besides: see its definition.
    metadata: bool,
    /// Always `realtime`: the id is there at once.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Other names, comma-separated.
    keywords: String,
    /// Fields of one group are akin.
    group: String,
}

/// What a service asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceDefinition {
    #[schema(value_type = String, example = "chieu_sang")]
    service_code: CategoryCode,
    attributes: Vec<ServiceAttribute>,
}

/// A question of a service.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceAttribute {
    /// Always true: a value is asked for.
    variable: bool,
    /// For `attribute[…]`.
    #[schema(value_type = String, example = "tinh_trang")]
    code: QuestionCode,
    /// `string`, `number`, `datetime`, `singlevaluelist` or `multivaluelist`.
    #[schema(example = "singlevaluelist")]
    datatype: &'static str,
    /// Whether a request must have it.
    required: bool,
    /// How a value is written, where that is not plain.
    datatype_description: Option<&'static str>,
    /// Its place, from 1.
    order: usize,
    /// What is asked.
    description: String,
    /// What may be chosen; empty where nothing is.
    values: Vec<ServiceValue>,
}

/// Something that may be chosen.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceValue {
    key: String,
    name: String,
}

impl Service {
    fn new(category: &Category, catalogue: &CatalogueDay, language: Language) -> Self {
        let name = language.choose(&category.name, &category.name_en);
        let other = language.other().choose(&category.name, &category.name_en);
        let group = catalogue.groups.iter().find(|group| group.code == category.group);
        let group = group.map_or(category.group.as_str(), |group| language.choose(&group.name, &group.name_en));
        Self {
            service_code: category.code.clone(),
            service_name: name.to_owned(),
            description: format!("{name} ({group})"),
            metadata: !category.questions.is_empty(),
            kind: "realtime",
            keywords: format!("{other}, {group}"),
            group: group.to_owned(),
        }
    }
}

impl ServiceAttribute {
    fn new(question: &Question, order: usize, language: Language) -> Self {
        let value = |key: &str, name: &str| ServiceValue { key: key.to_owned(), name: name.to_owned() };
        let yes_or_no =
            || vec![value("true", language.choose("Có", "Yes")), value("false", language.choose("Không", "No"))];
        let choices = || {
            let choices = question.choices.iter();
            choices
                .map(|choice| value(choice.code.as_str(), language.choose(&choice.label, &choice.label_en)))
                .collect()
        };
        let (datatype, datatype_description, values) = match question.kind {
            QuestionKind::Text => ("string", None, Vec::new()),
            QuestionKind::Number => ("number", Some(language.choose("Số, ví dụ 2.5", "A number: 2.5")), Vec::new()),
            QuestionKind::Date => ("datetime", Some("YYYY-MM-DD"), Vec::new()),
            QuestionKind::Boolean => ("singlevaluelist", None, yes_or_no()),
            QuestionKind::SingleChoice => ("singlevaluelist", None, choices()),
            QuestionKind::MultipleChoice => ("multivaluelist", Some("attribute[…][]"), choices()),
        };
        Self {
            variable: true,
            code: question.code.clone(),
            datatype,
            required: question.required,
            datatype_description,
            order,
            description: language.choose(&question.label, &question.label_en).to_owned(),
            values,
        }
    }
}

/// The fields that a petition may be of today.
#[utoipa::path(
    operation_id = "open311_services", tag = "open311", security(()),
    params(("format" = inline(Format), Path, description = "The form of the answer."), JurisdictionQuery),
    responses((status = 200, body = Vec<Service>), Reading)
)]
#[get("/services.{format}")]
pub async fn open311_services(app: Data<App>, asked: Asked) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let today = catalogue.catalogue.directory.day();
    let known = catalogue.category_order.iter().filter_map(|code| catalogue.catalogue.category(code));
    let valid = known.filter(|category| category.validity.covers(today));
    let services: Vec<Service> = valid.map(|category| Service::new(category, &catalogue, asked.language)).collect();
    asked.format.answer(StatusCode::OK, Root::Services, &services)
}

/// What a field asks besides.
#[utoipa::path(
    operation_id = "open311_service", tag = "open311", security(()),
    params(
        ("service_code" = String, Path, description = "The code of the field."),
        ("format" = inline(Format), Path, description = "The form of the answer."),
        JurisdictionQuery
    ),
    responses((status = 200, body = ServiceDefinition), Reading)
)]
#[get("/services/{service_code}.{format}")]
pub async fn open311_service(
    app: Data<App>,
    asked: Asked,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (code, _) = path.into_inner();
    let catalogue = app.catalogue();
    let today = catalogue.catalogue.directory.day();
    let known = CategoryCode::parse(&code).ok().and_then(|code| catalogue.catalogue.category(&code));
    let category = known.filter(|category| category.validity.covers(today));
    let category = category.ok_or_else(|| Problem::with(Code::NotFound, "service_code"))?;
    let questions = (1..).zip(&category.questions);
    let definition = ServiceDefinition {
        service_code: category.code.clone(),
        attributes: questions.map(|(order, question)| ServiceAttribute::new(question, order, asked.language)).collect(),
    };
    asked.format.answer(StatusCode::OK, Root::ServiceDefinition, &definition)
}
