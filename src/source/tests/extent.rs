//! Lists that are read to their end: within a bound of rows that are looked at, however few of them count.

use super::fixture::{ORDER, World};
use super::lists::{one, open_only, orders, read};
use crate::error::Code;
use crate::model::{Condition, Extent, ListPage, ListRead};

async fn whole(world: &World, extent: Extent, filter: Vec<Condition>) -> ListPage {
    *world.crm.page.lock().unwrap() = 100;
    one(world, ListRead { extent, filter, first: 300, ..read(world, &["a1"]) }).await.unwrap()
}

#[tokio::test]
async fn a_list_is_read_to_its_end_in_steps_of_a_hundred() {
    for (count, calls) in [(0, 1), (100, 1), (101, 2), (300, 3)] {
        let world = orders(&"o".repeat(count));
        let page = whole(&world, Extent::Whole, Vec::new()).await;
        assert_eq!((page.records.len(), page.has_next), (count, false));
        assert_eq!(world.crm.calls().len(), calls, "{count}");
    }
}

#[tokio::test]
async fn no_more_rows_than_the_bound_are_looked_at_and_the_rest_is_told() {
    let world = orders(&"o".repeat(301));
    let page = whole(&world, Extent::Whole, Vec::new()).await;
    assert_eq!((page.records.len(), page.has_next, page.total), (300, true, Some(301)));
    assert_eq!(world.crm.calls().len(), 3);
    // Rows that do not count are looked at, too; unlike those of a page, they are not made good for.
    let world = orders(&format!("{}{}", "d".repeat(299), "oo"));
    let page = whole(&world, Extent::Whole, open_only()).await;
    assert_eq!((page.records.len(), page.has_next, page.total), (1, true, None));
    assert_eq!(world.crm.calls().len(), 3);
    let world = orders(&"d".repeat(301));
    let page = whole(&world, Extent::Counted, open_only()).await;
    assert_eq!((page.records.len(), page.has_next, page.total), (0, true, None), "nothing found, and no error");
}

#[tokio::test]
async fn where_the_system_counts_exactly_this_list_its_first_rows_are_enough() {
    let world = orders(&"o".repeat(250));
    let page = whole(&world, Extent::Counted, open_only()).await;
    assert_eq!((page.records.len(), page.has_next, page.total), (100, true, Some(250)));
    assert_eq!(world.crm.calls().len(), 1);
    for odd in ["d", "h"] {
        let world = orders(&format!("{odd}{}", "o".repeat(249)));
        let page = whole(&world, Extent::Counted, open_only()).await;
        assert_eq!((page.records.len(), page.has_next, page.total), (249, false, None));
        assert_eq!(world.crm.calls().len(), 3, "a row fell out: the count is of another list");
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_judged_fails_the_whole_list_and_not_a_page() {
    let world = orders("oo");
    world.crm.add(ORDER, &[("id", "x"), ("account", "a1"), ("number", "x"), ("status", "unfit")]);
    let filtered = || ListRead { filter: open_only(), ..read(&world, &["a1"]) };
    assert_eq!(one(&world, filtered()).await.unwrap().records.len(), 2);
    let failed = one(&world, ListRead { extent: Extent::Whole, ..filtered() }).await.unwrap_err();
    assert_eq!(failed.code(), Code::UpstreamRejected);
    let hidden = orders("oo");
    hidden.crm.add(ORDER, &[("id", "x"), ("account", "a1"), ("status", "unfit"), ("hidden", "yes")]);
    let whole = ListRead { extent: Extent::Whole, filter: open_only(), ..read(&hidden, &["a1"]) };
    assert_eq!(one(&hidden, whole).await.unwrap().records.len(), 2, "what nobody may see is nobody's trouble");
}
