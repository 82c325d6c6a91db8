//! `GET /api/v1/categories`.

use actix_web::{HttpResponse, get, web::Data};
use domain::{
    catalogue::{Category, Competence},
    code::CategoryCode,
};
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
    group: String,
    /// Who is competent where no rule says otherwise: `commune`, `district`, `coordinator`, or an agency's code.
    competence: String,
    /// Working time, for a petition of normal priority.
    allowance: AllowanceView,
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

impl CategoryView {
    fn new(category: &Category, language: Language) -> Self {
        let normal = category.allowances.normal;
        Self {
            code: category.code.clone(),
            name: language.choose(&category.name, &category.name_en).to_owned(),
            name_vi: category.name.clone(),
            name_en: category.name_en.clone(),
            group: category.group.clone(),
            competence: match &category.competence {
                Competence::Commune => "commune".to_owned(),
                Competence::District => "district".to_owned(),
                Competence::Coordinator => "coordinator".to_owned(),
                Competence::Agency(code) => code.to_string(),
            },
            allowance: AllowanceView { receive: normal.receive.to_string(), answer: normal.answer.to_string() },
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
    Ok(HttpResponse::Ok().json(Whole::new(valid.map(|category| CategoryView::new(category, language)).collect())))
}
