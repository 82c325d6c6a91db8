//! `GET /api/v1/rates/signs`: counts beside the rate that show where a number was improved instead of the work.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web::Data};
use domain::{
    code::AgencyCode,
    rate::{Sign, SignQuestion, Signs, Target, Threshold},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    asked::{Asked, PeriodView, RatesQuery, read_asked},
    files::{GENERATOR, Shape, SignsFile, file, named, sign_text},
};
use crate::{
    answers::Guarded,
    app::App,
    auth::{Allowed, RateReaders},
    field::Faults,
    language::Language,
    petition::AgencyRef,
    problem::Problem,
    query::Query,
};

/// What was counted. None of it is a verdict: what each count is stands among the `definitions`.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignsView {
    /// Answers given.
    answers: u64,
    /// Of these, within minutes after the petition was taken up.
    quick_answers: u64,
    /// Of these, of a few characters.
    short_answers: u64,
    /// Of these, with the same words as many others of the agency.
    equal_answers: u64,
    /// Of these, whose words were erased: neither short nor equal can be said of them.
    unknown_texts: u64,
    /// Of these, after which the citizen reopened the petition.
    reopened: u64,
    /// `reopened / answers`; `null` over nothing.
    reopened_share: Option<f64>,
    /// Answers promised for later.
    extensions: u64,
    /// Petitions passed on or given back.
    sent_away: u64,
    /// Of these, shortly before the deadline to answer, or after it.
    sent_away_late: u64,
    /// Petitions put into another field.
    recategorised: u64,
    /// Of these, shortly before a milestone of a target that counts the petition.
    recategorised_before_milestone: u64,
}

impl From<&Signs> for SignsView {
    fn from(signs: &Signs) -> Self {
        Self {
            answers: signs.of(Sign::Answers),
            quick_answers: signs.of(Sign::QuickAnswers),
            short_answers: signs.of(Sign::ShortAnswers),
            equal_answers: signs.of(Sign::EqualAnswers),
            unknown_texts: signs.of(Sign::UnknownTexts),
            reopened: signs.of(Sign::Reopened),
            reopened_share: signs.reopened_share(),
            extensions: signs.of(Sign::Extensions),
            sent_away: signs.of(Sign::SentAway),
            sent_away_late: signs.of(Sign::SentAwayLate),
            recategorised: signs.of(Sign::Recategorised),
            recategorised_before_milestone: signs.of(Sign::RecategorisedBeforeMilestone),
        }
    }
}

/// What an agency did.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgencySignsView {
    agency: AgencyRef,
    #[serde(flatten)]
    signs: SignsView,
}

/// From where on something is a sign.
#[derive(Debug, Serialize, ToSchema)]
pub struct ThresholdView {
    #[schema(example = 10)]
    value: u32,
    /// `minutes`, `hours`, `days`, `characters` or `answers`.
    #[schema(example = "minutes")]
    unit: &'static str,
}

impl From<Threshold> for ThresholdView {
    fn from(threshold: Threshold) -> Self {
        let (value, unit) = match threshold {
            Threshold::Minutes(value) => (value, "minutes"),
            Threshold::Characters(value) => (value, "characters"),
            Threshold::Answers(value) => (value, "answers"),
            Threshold::Hours(value) => (value, "hours"),
            Threshold::Days(value) => (value, "days"),
        };
        Self { value, unit }
    }
}

/// What a count is.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignDefinitionView {
    /// The count.
    #[schema(value_type = String, example = "quick_answers")]
    sign: Sign,
    /// From where on it is one; `null` where there is no more to it than its name.
    threshold: Option<ThresholdView>,
    /// What it is, in the language of the answer.
    text: String,
}

/// Signs by the agency that did what they are counted from.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllSignsView {
    /// The instant, exclusive.
    as_of: String,
    period: PeriodView,
    total: SignsView,
    /// Every agency that did something that is counted, by code. The order says nothing.
    items: Vec<AgencySignsView>,
    /// What the counts are.
    definitions: Vec<SignDefinitionView>,
}

/// The sum over all agencies.
fn total(signs: &BTreeMap<AgencyCode, Signs>) -> Signs {
    let mut total = Signs::default();
    signs.values().for_each(|signs| total.add_all(signs));
    total
}

/// Signs that a number was improved instead of the work, as counts with their definitions: no verdict, no score, no ranking.
///
/// Counted are deeds before `as_of` on petitions submitted in `[from, to)`. A deed counts for the agency that did it when it did
/// it, whoever has the petition later, and under the field that the petition had just before: `agency` and `level` are those of
/// whoever did it. Milestones are those of the targets as they were set just before `as_of`. The same question about a past instant
/// always gets the same answer, except that an answer whose words were erased moves to `unknown_texts`. `agencies`, `definition` and
/// `group_by` have no meaning here. `Accept: text/csv` or that of XLSX gives a file.
#[utoipa::path(
    operation_id = "rates_signs", tag = "steering", security(("bearer" = [])), params(RatesQuery),
    extensions(("x-roles" = json!(["steering", "officer", "leader", "coordinator", "admin"]))),
    responses(
        (status = 200, content((AllSignsView = "application/json"), (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        Guarded,
    )
)]
#[get("/rates/signs")]
pub async fn read_signs(
    app: Data<App>,
    _: Allowed<RateReaders>,
    language: Language,
    shape: Shape,
    Query(query): Query<RatesQuery>,
) -> Result<HttpResponse, Problem> {
    let catalogue = app.catalogue();
    let mut faults = Faults::default();
    let asked = read_asked(&query, &catalogue, &mut faults);
    let Asked { mut question, as_of, .. } = faults.finish(asked)?;
    // A deed is of whoever did it, not of who came after.
    question.filter.through_heirs = false;
    let directory = &catalogue.catalogue.directory;
    let targets: Vec<&Target> = catalogue.targets.iter().map(|history| &history.in_force(as_of).target).collect();
    let asked = SignQuestion { question: &question, as_of, targets: &targets, directory };
    let signs = app.store.snapshot().await?.signs(&asked).await?;
    let total = total(&signs);
    if shape != Shape::Json {
        let book = named(&catalogue, language, |names| {
            let signs =
                SignsFile { question: &question, as_of, signs: &signs, total: &total, generated_by: GENERATOR, names };
            if shape == Shape::Csv { signs.flat() } else { signs.book() }
        });
        return file(book, shape, as_of, "pakn-signs", &app).await;
    }
    let items = signs
        .iter()
        .map(|(code, signs)| AgencySignsView { agency: AgencyRef::of(&catalogue, code), signs: signs.into() });
    let definitions = Sign::ALL.iter().map(|sign| SignDefinitionView {
        sign: *sign,
        threshold: sign.threshold().map(ThresholdView::from),
        text: sign_text(*sign, language),
    });
    Ok(HttpResponse::Ok().json(AllSignsView {
        as_of: as_of.to_local_rfc3339(),
        period: PeriodView::from(&question),
        total: (&total).into(),
        items: items.collect(),
        definitions: definitions.collect(),
    }))
}
