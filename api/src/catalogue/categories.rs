//! `GET /api/v1/categories`.

use actix_web::{HttpResponse, get, web::Data};
use chrono::NaiveDate;
use domain::{
    catalogue::Category,
    code::{CategoryCode, GroupCode, QuestionCode},
    deadline::Allowance,
    question::{Choice, Question, QuestionKind},
};
use persistence::CatalogueDay;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Whole, on};
use crate::{answers::Public, app::App, field::Faults, language::Language, problem::Problem, query::Query};

/// A field of petitions (*lĩnh vực*).
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryView {
    #[schema(value_type = String, example = "chieu_sang")]
    code: CategoryCode,
    /// Its name in the language of the answer.
    name: String,
    /// Its name in Vietnamese.
    name_vi: String,
    /// Its name in English.
    name_en: String,
    /// Fields of one group are akin.
    #[schema(value_type = String, example = "infrastructure")]
    group: GroupCode,
    /// The name of the group in the language of the answer.
    group_name: String,
    /// Who is competent where no rule says otherwise: `commune`, `district`, `coordinator`, or an agency's code.
    competence: String,
    /// Working time, for a petition of normal priority.
    allowance: AllowanceView,
    /// What is asked besides title and content; a petition answers it in `attributes`.
    questions: Vec<QuestionView>,
}

/// Working time: `8h` is eight working hours, `7d` seven working days.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllowanceView {
    /// To acknowledge.
    #[schema(example = "8h")]
    receive: String,
    /// To answer.
    #[schema(example = "7d")]
    answer: String,
}

impl From<Allowance> for AllowanceView {
    fn from(allowance: Allowance) -> Self {
        Self { receive: allowance.receive.to_string(), answer: allowance.answer.to_string() }
    }
}

/// A question of a field.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionView {
    /// The member of `attributes` that answers it.
    #[schema(value_type = String, example = "so_cot_den")]
    code: QuestionCode,
    /// What is asked, in the language of the answer.
    label: String,
    label_vi: String,
    label_en: String,
    /// `text`, `number`, `single_choice` (a code), `multiple_choice` (a list of codes), `date` (`YYYY-MM-DD`) or `boolean`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "text")]
    kind: QuestionKind,
    /// Whether a petition must answer it.
    required: bool,
    /// What may be chosen; empty where nothing is.
    choices: Vec<ChoiceView>,
}

/// Something that may be chosen.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChoiceView {
    #[schema(value_type = String)]
    code: QuestionCode,
    /// In the language of the answer.
    label: String,
    label_vi: String,
    label_en: String,
}

impl QuestionView {
    pub(crate) fn new(question: &Question, language: Language) -> Self {
        let Question { code, label, label_en, kind, required, choices } = question;
        Self {
            code: code.clone(),
            label: language.choose(label, label_en).to_owned(),
            label_vi: label.clone(),
            label_en: label_en.clone(),
            kind: *kind,
            required: *required,
            choices: choices.iter().map(|choice| ChoiceView::new(choice, language)).collect(),
        }
    }
}

impl ChoiceView {
    fn new(choice: &Choice, language: Language) -> Self {
        let Choice { code, label, label_en } = choice;
        Self {
            code: code.clone(),
            label: language.choose(label, label_en).to_owned(),
            label_vi: label.clone(),
            label_en: label_en.clone(),
        }
    }
}

impl CategoryView {
    fn new(category: &Category, catalogue: &CatalogueDay, day: NaiveDate, language: Language) -> Self {
        let terms = category.terms_on(day);
        let group = catalogue.groups.iter().find(|group| group.code == category.group);
        let group_name = group.map(|group| language.choose(&group.name, &group.name_en));
        Self {
            code: category.code.clone(),
            name: language.choose(&category.name, &category.name_en).to_owned(),
            name_vi: category.name.clone(),
            name_en: category.name_en.clone(),
            group: category.group.clone(),
            group_name: group_name.unwrap_or(category.group.as_str()).to_owned(),
            competence: terms.competence.to_string(),
            allowance: terms.allowances.normal.into(),
            questions: category.questions.iter().map(|question| QuestionView::new(question, language)).collect(),
        }
    }
}

/// Which day's.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CategoryQuery {
    /// The day, ISO 8601; today unless given.
    on: Option<String>,
}

/// The fields that a petition may be of.
#[utoipa::path(
    operation_id = "categories", tag = "catalogue", security(()), params(CategoryQuery),
    responses((status = 200, body = Whole<CategoryView>), Public)
)]
#[get("/categories")]
pub async fn list_categories(
    app: Data<App>,
    language: Language,
    Query(query): Query<CategoryQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let mut faults = Faults::default();
    let day = on(&mut faults, query.on.as_deref(), catalogue.catalogue.directory.day());
    faults.finish(Some(()))?;
    let known = catalogue.category_order.iter().filter_map(|code| catalogue.catalogue.category(code));
    let valid = known.filter(|category| category.validity.covers(day));
    let views = valid.map(|category| CategoryView::new(category, &catalogue, day, language));
    Ok(HttpResponse::Ok().json(Whole::new(views.collect())))
}
