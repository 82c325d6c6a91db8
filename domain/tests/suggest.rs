//! How often the suggestion of a field is right, and how often a complaint, a denunciation or an emergency is noticed.
//!
//! `cargo test -p domain --test suggest -- --nocapture` prints what is measured. The texts are made up in the manner of citizens, with
//! marks and without. `suggest_train.csv` is what keywords, phrases and numbers were tuned on, and what is learned from;
//! `suggest_heldout.csv` was written apart and not tuned on: whoever tunes on it writes another. `suggest_petitions.csv` was written by
//! others for this project. The floors are what was measured, less two or three texts.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
};

use domain::{
    chain::Digest,
    code::CategoryCode,
    suggest::{Learned, MIN_PETITIONS, Model, Nature, WordKey, counted_forms},
};

type Outcome<T> = Result<T, Box<dyn Error>>;

const TRAIN: &str = include_str!("data/suggest_train.csv");
const HELD_OUT: &str = include_str!("data/suggest_heldout.csv");
const PETITIONS: &str = include_str!("data/suggest_petitions.csv");
const FIELDS: &str = include_str!("../../persistence/catalogue/categories.csv");

/// A text, with its field and what it is.
struct Sample {
    text: String,
    /// `None` for what has no field of its own here: complaints, denunciations, emergencies.
    field: Option<String>,
    nature: Option<Nature>,
}

fn own(table: &str) -> Outcome<Vec<Sample>> {
    let rows = csv::Reader::from_reader(table.as_bytes()).into_deserialize::<(String, String)>();
    rows.map(|row| {
        let (label, text) = row?;
        let nature = Nature::parse(&label);
        Ok(Sample { text, field: nature.is_none().then_some(label), nature })
    })
    .collect()
}

/// A line of those that others wrote, as far as it is needed here.
#[derive(serde::Deserialize)]
struct Written {
    text: String,
    category: String,
    nature: String,
    expected_action: String,
}

/// A line of the catalogue's fields, likewise.
#[derive(serde::Deserialize)]
struct Field {
    code: String,
    name: String,
}

/// Those that others wrote have both a field and a nature. Where its code is no field of the catalogue there is none.
fn of_others() -> Outcome<Vec<Sample>> {
    let fields = fields()?;
    let rows = csv::Reader::from_reader(PETITIONS.as_bytes()).into_deserialize::<Written>();
    rows.map(|row| {
        let Written { text, category, nature, expected_action } = row?;
        let nature = match (nature.as_str(), expected_action.as_str()) {
            ("khieu_nai", _) => Some(Nature::Complaint),
            ("to_cao", _) => Some(Nature::Denunciation),
            (_, "emergency") => Some(Nature::Emergency),
            _ => None,
        };
        let known = fields.iter().any(|(code, _)| code.as_str() == category);
        Ok(Sample { text, field: known.then_some(category), nature })
    })
    .collect()
}

fn fields() -> Outcome<Vec<(CategoryCode, String)>> {
    let rows = csv::Reader::from_reader(FIELDS.as_bytes()).into_deserialize::<Field>();
    rows.map(|row| {
        let Field { code, name } = row?;
        Ok((CategoryCode::parse(&code)?, name))
    })
    .collect()
}

fn key(form: &str) -> WordKey {
    let digest = Digest::of(&[form.as_bytes()]);
    WordKey(digest.as_bytes().iter().take(8).fold(0, |key, byte| (key << 8) | i64::from(*byte)))
}

/// As the server counts: each form once in a petition.
fn learned(samples: &[Sample]) -> Outcome<Learned> {
    let (mut petitions, mut words) = (BTreeMap::new(), BTreeMap::new());
    for sample in samples {
        let Some(field) = &sample.field else { continue };
        let field = CategoryCode::parse(field)?;
        *petitions.entry(field.clone()).or_default() += 1;
        for form in counted_forms(&sample.text) {
            *words.entry((key(&form), field.clone())).or_default() += 1;
        }
    }
    Ok(Learned::new(petitions, words.into_iter().map(|((key, field), count)| (key, field, count))))
}

fn model(learned: &Learned) -> Outcome<Model> {
    let fields = fields()?;
    Ok(Model::new(fields.iter().map(|(code, name)| (code, name.as_str())), learned, key))
}

#[derive(Debug, Default, PartialEq)]
struct Score {
    texts: usize,
    first: usize,
    among_three: usize,
    /// Of those that belong to no field: how many got no proposal.
    nothing: (usize, usize),
    confused: BTreeMap<(String, String), usize>,
}

fn score(model: &Model, samples: &[Sample]) -> Score {
    let mut score = Score::default();
    for sample in samples {
        let Some(field) = &sample.field else { continue };
        let fits: Vec<String> = model.fits(&sample.text, key).iter().map(|fit| fit.category.to_string()).collect();
        if field == "khac" {
            score.nothing.1 += 1;
            score.nothing.0 += usize::from(fits.first().is_none_or(|first| first == "khac"));
            continue;
        }
        score.texts += 1;
        score.among_three += usize::from(fits.contains(field));
        match fits.first() {
            Some(first) if first == field => score.first += 1,
            first => {
                let instead = first.cloned().unwrap_or_else(|| "nothing".to_owned());
                *score.confused.entry((field.clone(), instead)).or_default() += 1;
            }
        }
    }
    score
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "small counts, to be read")]
fn percent(part: usize, whole: usize) -> f64 {
    part as f64 * 100.0 / whole as f64
}

fn print(name: &str, score: &Score) {
    let Score { texts, first, among_three, nothing, confused } = score;
    println!(
        "{name}: {texts} texts, first right {first} ({:.0} %), among three {among_three} ({:.0} %); of {} without a field {} got none",
        percent(*first, *texts),
        percent(*among_three, *texts),
        nothing.1,
        nothing.0
    );
    for ((field, instead), count) in confused {
        println!("    {field} taken for {instead}: {count}");
    }
}

#[test]
fn fields_are_proposed_for_petitions_that_were_not_seen() -> Outcome<()> {
    let (train, held_out, of_others) = (own(TRAIN)?, own(HELD_OUT)?, of_others()?);
    let keywords = model(&Learned::default())?;
    let after = model(&learned(&train)?)?;
    let scores = [
        ("keywords alone, held out", score(&keywords, &held_out)),
        ("after learning, held out", score(&after, &held_out)),
        ("keywords alone, written by others", score(&keywords, &of_others)),
        ("after learning, written by others", score(&after, &of_others)),
        ("keywords alone, tuned on", score(&keywords, &train)),
    ];
    for (name, score) in &scores {
        print(name, score);
    }
    let floors = [(115, 71, 80), (115, 79, 86), (49, 36, 45), (49, 36, 43), (115, 107, 112)];
    for ((name, score), (texts, first, among_three)) in scores.iter().zip(floors) {
        assert_eq!(score.texts, texts, "{name}");
        assert!(score.first >= first && score.among_three >= among_three, "{name}: {score:?}");
    }
    Ok(())
}

#[test]
fn complaints_denunciations_and_emergencies_are_noticed() -> Outcome<()> {
    let sets = [("held out", own(HELD_OUT)?), ("written by others", of_others()?), ("tuned on", own(TRAIN)?)];
    let floors = [(11, 3, 2), (6, 0, 2), (18, 8, 2)];
    for ((name, samples), (floor, emergencies, alarms)) in sets.iter().zip(floors) {
        let is_either =
            |natures: &[Nature]| natures.contains(&Nature::Complaint) || natures.contains(&Nature::Denunciation);
        let (mut of_either, mut noticed, mut told_apart) = (0, 0, 0);
        let (mut of_emergency, mut heard, mut petitions, mut false_alarms) = (0, 0, 0, 0);
        for sample in samples {
            let natures = Nature::of(&[&sample.text]);
            match sample.nature {
                Some(nature @ (Nature::Complaint | Nature::Denunciation)) => {
                    of_either += 1;
                    noticed += usize::from(is_either(&natures));
                    told_apart += usize::from(natures.contains(&nature));
                    if !is_either(&natures) {
                        println!("    missed, {name}: {nature}: {}", sample.text);
                    }
                }
                Some(Nature::Emergency) => {
                    of_emergency += 1;
                    heard += usize::from(natures.contains(&Nature::Emergency));
                }
                None => {
                    petitions += 1;
                    if !natures.is_empty() {
                        false_alarms += 1;
                        println!("    false alarm, {name}: {natures:?}: {}", sample.text);
                    }
                }
            }
        }
        println!(
            "{name}: complaints and denunciations noticed {noticed} of {of_either} ({:.0} %), {told_apart} as what they are; emergencies \
             {heard} of {of_emergency}; false alarms {false_alarms} of {petitions} petitions",
            percent(noticed, of_either)
        );
        assert!(noticed >= floor && heard >= emergencies && false_alarms <= alarms, "{name}");
    }
    Ok(())
}

/// Whoever asks learns nothing of one petition: words that few petitions have move nothing, whatever they are.
#[test]
fn a_word_of_few_petitions_moves_nothing() -> Outcome<()> {
    let field = || CategoryCode::parse("y_te");
    let secret = "Zuỳnh Wường";
    let forms = counted_forms(secret);
    assert_eq!(forms.len(), 6, "{forms:?}");
    let busy = || fields().map(|fields| fields.into_iter().map(|(code, _)| (code, 500)).collect::<Vec<_>>());
    let with = |count: u32| -> Outcome<Model> {
        let words = forms.iter().map(|form| Ok((key(form), field()?, count))).collect::<Outcome<Vec<_>>>()?;
        model(&Learned::new(busy()?, words))
    };
    let text = format!("{secret} đến trạm y tế");
    let without = model(&Learned::new(busy()?, []))?.fits(&text, key);
    assert_eq!(without.first().map(|fit| fit.category.as_str()), Some("y_te"));
    assert_eq!(with(MIN_PETITIONS - 1)?.fits(&text, key), without);
    assert_ne!(with(MIN_PETITIONS + 20)?.fits(&text, key), without);
    let told: BTreeSet<String> = without.into_iter().flat_map(|fit| fit.words).collect();
    assert!(!told.iter().any(|word| word.contains("zuỳnh")), "{told:?}");
    Ok(())
}
