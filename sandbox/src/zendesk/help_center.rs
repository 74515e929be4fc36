//! The Help Center API: articles, sections, locales, and the search for articles.
//!
//! The portal's user is an agent, so drafts and articles for one user segment are among what it gets.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::data::{Article, Translation};
use crate::web::iso;

use super::desk::{Desk, merge, number};
use super::error::Refusal;
use super::item::Item;
use super::list::{Listing, strangers};
use super::search::words;
use super::shape;
use super::text::{has, plain};

/// The languages of the help centre, the default first.
const LOCALES: [&str; 2] = ["en-us", "de"];
/// Rows in a page where none are asked for.
const USUAL: usize = 30;
const SORTS: &[&str] = &["id", "created_at", "updated_at", "edited_at", "title"];

impl<'a> Desk<'a> {
    /// Answers a path below `/api/v2/help_center`.
    pub(super) fn help_center(&self, path: &[&str]) -> Result<Value, Refusal> {
        let (locale, path) = match path {
            [kind @ ("articles" | "sections" | "locales"), rest @ ..] => (None, [&[*kind], rest].concat()),
            [locale, rest @ ..] => {
                let known = LOCALES.iter().find(|known| known.eq_ignore_ascii_case(locale));
                (Some(*known.ok_or_else(Refusal::missing)?), rest.to_vec())
            }
            [] => return Err(Refusal::endpoint()),
        };
        match path.as_slice() {
            ["locales"] => Ok(json!({ "locales": LOCALES, "default_locale": LOCALES[0] })),
            ["articles"] => self.articles(self.texts(Some(locale.unwrap_or(LOCALES[0]))), |_| true),
            ["sections", id, "articles"] => {
                let id = number(id)?;
                let own = move |article: &Article| article.section_id == id;
                self.articles(self.texts(Some(locale.unwrap_or(LOCALES[0]))), own)
            }
            ["articles", "search"] => self.search_articles(),
            ["articles", id] => self.article(number(id)?, locale),
            ["sections"] => {
                let all = self.sections(locale.unwrap_or(LOCALES[0]));
                let count = all.len();
                Ok(
                    json!({ "sections": all.into_values().collect::<Vec<_>>(), "count": count, "next_page": null, "previous_page": null }),
                )
            }
            ["sections", id] => {
                let mut all = self.sections(locale.unwrap_or(LOCALES[0]));
                let section = all.remove(&number(id)?).ok_or_else(Refusal::missing)?;
                Ok(json!({ "section": section }))
            }
            _ => Err(Refusal::endpoint()),
        }
    }

    /// Every article in a language, or in each of its languages.
    fn texts(&self, locale: Option<&str>) -> Vec<Item<'a>> {
        let texts = |article: &'a Article| article.translations.iter().map(move |text| Item::Article(article, text));
        let all = self.business.articles.iter().flat_map(texts);
        all.filter(|item| matches!(item, Item::Article(_, text) if locale.is_none_or(|locale| text.locale == locale)))
            .collect()
    }

    fn articles(&self, all: Vec<Item<'a>>, own: impl Fn(&Article) -> bool + 'a) -> Result<Value, Refusal> {
        let own = move |item: &Item<'_>| matches!(item, Item::Article(article, _) if own(article));
        let listing = Listing::new("articles", all, own).sorted_by(SORTS);
        let page = if self.ask.pairs.get("page[size]").is_some() {
            self.ask.page(listing)?
        } else {
            self.ask.by_offset(listing, USUAL)?
        };
        let mut body = self.side_loaded("articles", &page.items);
        merge(&mut body, page.envelope, &[]);
        Ok(body)
    }

    fn article(&self, id: u64, locale: Option<&str>) -> Result<Value, Refusal> {
        // Without a locale in the path it is the language that the article was written in, its first.
        let all = self.texts(locale);
        let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|item| item.id() == id);
        let found = if self.ask.hostile { strangers(own, others) } else { own };
        let item = found.first().ok_or_else(Refusal::missing)?;
        let mut body = self.side_loaded("articles", &[*item]);
        let article = body["articles"][0].take();
        if let Some(body) = body.as_object_mut() {
            body.remove("articles");
        }
        body["article"] = article;
        Ok(body)
    }

    /// `articles/search`: needs something to search by, and shows where in the text it was found.
    fn search_articles(&self) -> Result<Value, Refusal> {
        let pairs = self.ask.pairs;
        let by = ["query", "category", "section", "label_names"];
        if by.iter().all(|name| pairs.get(name).is_none_or(str::is_empty)) {
            return Err(Refusal::parameter("query", "or category, section or label_names must be there"));
        }
        let locale = match pairs.get("locale").map(str::to_lowercase) {
            None => Some(LOCALES[0].to_owned()),
            Some(locale) if locale == "*" => None,
            Some(locale) => Some(locale),
        };
        let sections: Option<Vec<u64>> =
            pairs.get("section").map(|ids| ids.split(',').filter_map(|id| id.parse().ok()).collect());
        let updated_after = pairs.get("updated_after").map(str::to_owned);
        let words = words(pairs.get("query").unwrap_or_default());
        let words: Vec<String> = words.into_iter().map(|word| word.text).collect();
        let wanted = words.clone();
        let own = move |item: &Item<'_>| {
            let Item::Article(article, text) = item else {
                return false;
            };
            let body = plain(&text.body);
            wanted.iter().all(|word| has(&text.title, word) || has(&body, word))
                && sections.as_ref().is_none_or(|ids| ids.contains(&article.section_id))
                && updated_after.as_ref().is_none_or(|day| iso(article.modified).get(..10) > Some(day.as_str()))
        };
        let listing = Listing::new("results", self.texts(locale.as_deref()), |_| true).where_else(own);
        let page = self.ask.by_offset(listing, 25)?;
        let mut body = self.side_loaded("results", &page.items);
        for (row, item) in body["results"].as_array_mut().into_iter().flatten().zip(&page.items) {
            let Item::Article(_, text) = item else {
                continue;
            };
            row["result_type"] = json!("article");
            row["snippet"] = json!(snippet(text, &words));
        }
        merge(&mut body, page.envelope, &[]);
        Ok(body)
    }

    fn sections(&self, locale: &str) -> BTreeMap<u64, Value> {
        let section = |article: &Article| (article.section_id, shape::section(self.base, article, locale));
        self.business.articles.iter().map(section).collect()
    }

    /// Articles, with their sections where `include` asks for them.
    fn side_loaded(&self, name: &str, items: &[Item<'a>]) -> Value {
        let rows: Vec<Value> = items.iter().map(|item| item.body(self.base, &self.business.told)).collect();
        let mut body = json!({});
        body[name] = json!(rows);
        let include = self.ask.pairs.get("include").unwrap_or_default();
        if include.split(',').any(|name| name.trim() == "sections") {
            let sections: BTreeMap<u64, Value> = items
                .iter()
                .filter_map(|item| match item {
                    Item::Article(article, text) => {
                        Some((article.section_id, shape::section(self.base, article, text.locale)))
                    }
                    _ => None,
                })
                .collect();
            body["sections"] = sections.into_values().collect();
        }
        body
    }
}

/// The beginning of a text, with the words that were searched for marked.
fn snippet(text: &Translation, words: &[String]) -> String {
    let start: String = plain(&text.body).replace('\n', " ").chars().take(160).collect();
    let marked = |part: &str| {
        let bare = part.trim_matches(|char: char| !char.is_alphanumeric());
        let found = words.iter().any(|word| bare.eq_ignore_ascii_case(word.trim_end_matches('*')));
        let part = part.replace('&', "&amp;").replace('<', "&lt;");
        if found { format!("<em>{part}</em>") } else { part }
    };
    start.split(' ').map(marked).collect::<Vec<_>>().join(" ")
}
