//! The search language and the text of HTML.

use super::item;
use super::search::{Search, Word, words};
use super::text::{has, plain};

const NOW: i64 = 1_770_000_000;

fn count(query: &str) -> usize {
    let business = crate::data::seed::business(NOW);
    let search = Search::parse(query, NOW);
    item::tickets(&business).iter().filter(|item| search.matches(&business, item, false)).count()
}

#[test]
fn queries_split_at_blanks_outside_quotes() {
    let word = |text: &str, phrase| Word { text: text.to_owned(), phrase };
    let expected = [word("a", false), word("b:c d", false), word(r#"e "f""#, true)];
    assert_eq!(words(r#"a  b:"c d" "e \"f\"""#), expected);
    assert!(words("  ").is_empty());
}

#[test]
fn terms_of_one_property_are_alternatives() {
    let (open, pending) = (count("type:ticket status:open"), count("type:ticket status:pending"));
    assert!(open > 0 && pending > 0);
    assert_eq!(count("type:ticket status:open status:pending"), open + pending);
    assert_eq!(count("type:ticket status:open priority:high -priority:high"), 0);
}

#[test]
fn comparisons_follow_the_order_of_statuses() {
    let all = count("type:ticket");
    assert_eq!(count("type:ticket status<solved") + count("type:ticket status>=solved"), all);
    assert_eq!(count("type:ticket -status:closed"), count("type:ticket status<closed"));
    assert_eq!(count("type:ticket priority:none") + count("type:ticket priority>=low"), all);
}

#[test]
fn a_day_is_all_of_its_hours() {
    let all = count("type:ticket");
    let (before, on, after) = (count("created<2025-12-01"), count("created:2025-12-01"), count("created>2025-12-01"));
    assert_eq!(before + on + after, all);
    assert_eq!(count("created>=2025-12-01"), on + after);
    assert_eq!(count("created>1hour") + count("created<=1hour"), all);
    assert_eq!(count("created>yesterday"), 0);
}

#[test]
fn organizations_are_found_by_id_and_by_name() {
    let by_id = count("type:ticket organization:36000101");
    assert!(by_id > 0);
    assert_eq!(count(r#"type:ticket organization:"Kestrel Marine BV""#), by_id);
    assert_eq!(count("type:ticket organization:3600010"), 0);
    assert_eq!(count("type:ticket nosuch:1"), 0);
}

#[test]
fn html_becomes_text() {
    assert_eq!(plain("<p>a&nbsp;&lt; 4 &amp; b</p><br/>c<b>d</b>"), "a < 4 & b\ncd");
    assert_eq!(plain("<p>unclosed <b>bold<p>two"), "unclosed bold\ntwo");
}

#[test]
fn words_match_whole_or_open() {
    assert!(has("Pump leaks", "leaks") && has("Pump leaks", "pump leaks") && has("Pump leaks", "lea*"));
    assert!(!has("Pump leaks", "leak") && !has("Pump leaks", "*") && !has("Pump leaks", ""));
    assert!(has("納期について", "納期"));
}
