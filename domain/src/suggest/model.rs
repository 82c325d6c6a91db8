//! Odds of fields by the words of a text.

use std::collections::{HashMap, HashSet};

use super::{Feature, Learned, WordKey, features, has_marks};
use crate::{code::CategoryCode, duplicate::says_nothing};

/// The keywords of the fields of the starting catalogue: `category,weight,keywords`, keywords parted by `|`. One of more than two words
/// counts as its pairs.
const KEYWORDS: &str = include_str!("keywords.csv");

/// How many petitions the keywords of a field stand for. With so many decided ones what was learned weighs as much as they do.
const KEYWORD_PETITIONS: f64 = 12.0;

/// In how many of these a keyword stands, for each unit of its weight.
const PER_WEIGHT: f64 = 2.0;

/// The weight of the words of a field's name, which every field has.
const NAME_WEIGHT: f64 = 1.0;

/// How many petitions of "any field" are mixed into each, so that a word that a field never had rules nothing out.
const MIXED: f64 = 4.0;

/// The most one word may say for a field, and against it.
const FOR: f64 = 3.5;
const AGAINST: f64 = -0.6;

/// How much there must be of a word for it to say half of what its counts say, and how much one petition is beside one count of a keyword:
/// a keyword was chosen, and what few petitions have in common is mostly chance.
const HALF_TRUSTED: f64 = 2.0;
const LEARNED_TRUST: f64 = 0.1;

/// How much of what words say counts: they are not independent of each other, pairs least of all.
const EVIDENCE: f64 = 0.6;

/// How much of what the share of a field among all petitions says counts.
const PRIOR: f64 = 0.3;

/// How much must speak for a field: a strong keyword, or two weak ones.
const ENOUGH: f64 = 2.0;

/// The most fields that are proposed, and the least likely one.
const MOST: usize = 3;
const LEAST: f64 = 0.05;

/// How much a word must say for a field to be told of it.
const TELLING: f64 = 0.3;

/// The most words that are told of a field.
const WORDS_TOLD: usize = 5;

/// A field that a text may belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The field.
    pub category: CategoryCode,
    /// How likely, of all fields, 0 to 1.
    pub weight: f64,
    /// What spoke for it, as the text has it, the most telling first.
    pub words: Vec<String>,
}

/// How often words stand in petitions of each field, by keywords and by what was learned.
#[derive(Debug)]
pub struct Model {
    fields: Vec<CategoryCode>,
    /// For each field, how many petitions.
    petitions: Vec<f64>,
    words: HashMap<WordKey, Known>,
}

/// What is known of a word.
#[derive(Debug, Default)]
struct Known {
    /// In how many petitions of which fields it stands.
    counts: Vec<(usize, f64)>,
    /// How much there is of it.
    substance: f64,
}

impl Model {
    /// Of those fields with their names. A field that the keywords do not know begins with the words of its name; keywords and learned
    /// counts of a field that is not among them are left out. `key` is how words were counted.
    pub fn new<'a>(
        fields: impl IntoIterator<Item = (&'a CategoryCode, &'a str)>,
        learned: &Learned,
        key: impl Fn(&str) -> WordKey,
    ) -> Self {
        let mut model = Self { fields: Vec::new(), petitions: Vec::new(), words: HashMap::new() };
        let mut places: HashMap<CategoryCode, usize> = HashMap::new();
        for (code, name) in fields {
            let place = model.fields.len();
            model.fields.push(code.clone());
            model.petitions.push(KEYWORD_PETITIONS + learned.petitions.get(code).copied().map_or(0.0, f64::from));
            places.insert(code.clone(), place);
            for feature in features(name) {
                model.add_keyword(&feature, place, NAME_WEIGHT, &key);
            }
        }
        for (place, weight, phrase) in keywords(&places) {
            let features = features(phrase);
            let alone = features.len() == 1;
            for feature in features.iter().filter(|feature| alone || feature.is_pair()) {
                model.add_keyword(feature, place, weight, &key);
            }
        }
        for (word, counts) in &learned.words {
            for (category, count) in counts {
                if let Some(place) = places.get(category) {
                    model.add(*word, *place, f64::from(*count), LEARNED_TRUST);
                }
            }
        }
        model
    }

    /// A word that is any word without its marks is a keyword with them alone.
    fn add_keyword(&mut self, feature: &Feature, place: usize, weight: f64, key: impl Fn(&str) -> WordKey) {
        self.add(key(&feature.marked()), place, weight * PER_WEIGHT, 1.0);
        if feature.is_pair() || !says_nothing(&feature.folded) {
            self.add(key(&feature.folded), place, weight * PER_WEIGHT, 1.0);
        }
    }

    /// What is known of a word of a text. In a text with marks a word counts as it is written, and a pair that is not known so without
    /// them, since people leave some out.
    fn known(&self, feature: &Feature, marks: bool, key: impl Fn(&str) -> WordKey) -> Option<&Known> {
        let folded = || self.words.get(&key(&feature.folded));
        match (marks, feature.is_pair()) {
            (false, _) => folded(),
            (true, false) => self.words.get(&key(&feature.marked())),
            (true, true) => self.words.get(&key(&feature.marked())).or_else(folded),
        }
    }

    fn add(&mut self, word: WordKey, place: usize, count: f64, trust: f64) {
        let known = self.words.entry(word).or_default();
        known.substance += count * trust;
        match known.counts.iter_mut().find(|(known, _)| *known == place) {
            Some((_, known)) => *known += count,
            None => known.counts.push((place, count)),
        }
    }

    /// The fields that a text most likely belongs to, the likeliest first, at most three; none where nothing fits. `key` as in
    /// [`Self::new`].
    pub fn fits(&self, text: &str, key: impl Fn(&str) -> WordKey) -> Vec<Fit> {
        let all: f64 = self.petitions.iter().sum();
        let mut odds: Vec<f64> =
            self.petitions.iter().map(|petitions| PRIOR * (petitions / all * self.len()).ln()).collect();
        let mut told: Vec<Vec<(f64, String)>> = vec![Vec::new(); self.fields.len()];
        let (marks, mut heard) = (has_marks(text), HashSet::new());
        for feature in features(text) {
            // Two ways of writing a word are one word without marks.
            if !marks && !heard.insert(feature.folded.clone()) {
                continue;
            }
            let Some(Known { counts, substance }) = self.known(&feature, marks, &key) else { continue };
            let seen: f64 = counts.iter().map(|(_, count)| count).sum();
            let (anywhere, trust) = (seen / all, substance / (substance + HALF_TRUSTED));
            for (place, (petitions, odds)) in self.petitions.iter().zip(&mut odds).enumerate() {
                let here = counts.iter().find(|(known, _)| *known == place).map_or(0.0, |(_, count)| *count);
                let ratio = (here + MIXED * anywhere) / (petitions + MIXED) / anywhere;
                let says = trust * ratio.ln().clamp(AGAINST, FOR);
                *odds += EVIDENCE * says;
                if says > TELLING
                    && let Some(told) = told.get_mut(place)
                {
                    told.push((says, feature.said.clone()));
                }
            }
        }
        let greatest = odds.iter().copied().fold(f64::MIN, f64::max);
        let shares: Vec<f64> = odds.iter().map(|odds| (odds - greatest).exp()).collect();
        let sum: f64 = shares.iter().sum();
        let spoken = |told: &[(f64, String)]| told.iter().map(|(says, _)| says).sum::<f64>();
        let likeliest = odds.iter().position(|odds| *odds >= greatest).and_then(|place| told.get(place));
        if likeliest.is_none_or(|told| spoken(told) < ENOUGH) {
            return Vec::new();
        }
        let mut fits: Vec<Fit> = self
            .fields
            .iter()
            .zip(shares)
            .zip(told)
            .filter(|((_, share), told)| share / sum >= LEAST && spoken(told) >= ENOUGH)
            .map(|((category, share), told)| Fit {
                category: category.clone(),
                weight: share / sum,
                words: telling(told),
            })
            .collect();
        fits.sort_by(|one, two| two.weight.total_cmp(&one.weight));
        fits.truncate(MOST);
        fits
    }

    fn len(&self) -> f64 {
        #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a number of fields")]
        let fields = self.fields.len() as f64;
        fields
    }
}

/// The words that say most; one that stands in a pair is told with it.
fn telling(mut told: Vec<(f64, String)>) -> Vec<String> {
    told.sort_by(|(one, _), (two, _)| two.total_cmp(one));
    let mut words: Vec<String> = Vec::new();
    for (_, word) in told {
        let within =
            |known: &String| known.split(' ').any(|part| part == word) || word.split(' ').any(|part| part == known);
        if words.len() < WORDS_TOLD && !words.iter().any(within) {
            words.push(word);
        }
    }
    words
}

/// The keywords of those fields.
fn keywords<'a>(places: &'a HashMap<CategoryCode, usize>) -> impl Iterator<Item = (usize, f64, &'static str)> + 'a {
    let lines = KEYWORDS.lines().skip(1).filter_map(|line| {
        let mut fields = line.splitn(3, ',');
        Some((fields.next()?, fields.next()?.parse::<f64>().ok()?, fields.next()?))
    });
    lines
        .filter_map(|(category, weight, phrases)| Some((*places.get(category)?, weight, phrases)))
        .flat_map(|(place, weight, phrases)| phrases.split('|').map(move |phrase| (place, weight, phrase)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chain::Digest, text::fold};

    fn key(word: &str) -> WordKey {
        let digest = Digest::of(&[word.as_bytes()]);
        WordKey(i64::from_be_bytes(digest.as_bytes()[..8].try_into().unwrap()))
    }

    fn codes() -> Vec<CategoryCode> {
        let mut codes: Vec<CategoryCode> = KEYWORDS
            .lines()
            .skip(1)
            .map(|line| CategoryCode::parse(line.split(',').next().unwrap()).unwrap())
            .collect();
        codes.push(CategoryCode::parse("khac").unwrap());
        codes.dedup();
        codes
    }

    fn model(learned: &Learned) -> Model {
        let codes = codes();
        Model::new(codes.iter().map(|code| (code, code.as_str())), learned, key)
    }

    fn first(model: &Model, text: &str) -> Option<String> {
        model.fits(text, key).first().map(|fit| fit.category.to_string())
    }

    #[test]
    fn every_line_of_the_keywords_is_read() {
        let places: HashMap<CategoryCode, usize> = codes().into_iter().zip(0..).collect();
        assert_eq!(places.len(), 24);
        for line in KEYWORDS.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            assert_eq!(fields.len(), 3, "{line}");
            assert!(matches!(fields[1], "1" | "3"), "{line}");
            assert!(fields[2].split('|').all(|phrase| !features(phrase).is_empty()), "{line}");
        }
        let folded: Vec<String> =
            keywords(&places).map(|(place, _, phrase)| format!("{place} {}", fold(phrase))).collect();
        let mut once = folded.clone();
        once.sort();
        once.dedup();
        let twice = folded.len() - once.len();
        assert!(twice <= 6, "{twice} keywords stand twice in one field");
    }

    #[test]
    fn keywords_speak_with_marks_and_without() {
        let model = model(&Learned::default());
        for text in ["Đèn đường không sáng cả tuần", "den duong khong sang ca tuan"] {
            let fits = model.fits(text, key);
            assert_eq!(fits[0].category.as_str(), "chieu_sang", "{fits:?}");
            assert!(fits[0].weight > 0.5 && fits.len() <= 3, "{fits:?}");
            assert_eq!(fold(&fits[0].words[0]), "den duong");
        }
        assert!(fits_add_up(&model, "mất điện, cột điện đổ ra đường"));
    }

    fn fits_add_up(model: &Model, text: &str) -> bool {
        model.fits(text, key).iter().map(|fit| fit.weight).sum::<f64>() <= 1.0
    }

    #[test]
    fn where_nothing_fits_nothing_is_proposed() {
        let model = model(&Learned::default());
        for text in ["", "Xin chào", "Tôi có một thắc mắc muốn được giải đáp", "abc xyz", "1234"] {
            assert_eq!(model.fits(text, key), [], "{text}");
        }
    }

    #[test]
    fn what_staff_decide_outweighs_the_keywords() {
        let category = |code: &str| CategoryCode::parse(code).unwrap();
        let text = "Cây xanh hoa sữa nở nồng nặc";
        assert_eq!(first(&model(&Learned::default()), text).as_deref(), Some("cay_xanh"));
        // In this province it is for those who see to the environment.
        let petitions = [(category("moi_truong"), 400), (category("cay_xanh"), 400)];
        let forms = super::super::counted_forms("hoa sữa nồng nặc");
        let words = forms.into_iter().map(|form| (key(&form), category("moi_truong"), 200));
        let learned = Learned::new(petitions, words);
        assert_eq!(first(&model(&learned), text).as_deref(), Some("moi_truong"));
    }

    #[test]
    fn a_field_that_is_gone_is_not_proposed_and_a_new_one_is_by_its_name() {
        let new = CategoryCode::parse("drone").unwrap();
        let name = (&new, "Máy bay không người lái");
        let others: Vec<CategoryCode> = codes().into_iter().filter(|code| code.as_str() != "chieu_sang").collect();
        let fields = others.iter().map(|code| (code, code.as_str())).chain([name]);
        let model = Model::new(fields, &Learned::default(), key);
        assert_eq!(first(&model, "Có máy bay không người lái bay trên mái nhà").as_deref(), Some("drone"));
        assert_ne!(first(&model, "Đèn chiếu sáng công cộng tối om").as_deref(), Some("chieu_sang"));
    }
}
