//! Two different reads never have one key.

use std::sync::Arc;

use proptest::prelude::*;

use crate::cache::KeyWriter;
use crate::model::{Key, Test, Value};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-3i64..3).prop_map(Value::Int),
        "[ab1]{0,3}".prop_map(|text| Value::text(&text)),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| Value::List(Arc::from(items))),
            prop::collection::vec(inner, 0..3).prop_map(|items| Value::Object(Arc::from(items))),
        ]
    })
}

proptest! {
    #[test]
    fn texts_cannot_trade_places(one in prop::collection::vec("[a|:0-9]{0,3}", 0..4), other in prop::collection::vec("[a|:0-9]{0,3}", 0..4)) {
        let key = |texts: &[String]| texts.iter().fold(KeyWriter::new("k"), |writer, text| writer.text(text)).finish();
        prop_assert_eq!(key(&one) == key(&other), one == other);
    }

    #[test]
    fn values_keep_their_type_and_shape(one in prop::collection::vec(value(), 0..3), other in prop::collection::vec(value(), 0..3)) {
        let key = |values: &[Value]| values.iter().fold(KeyWriter::new("k"), KeyWriter::value).finish();
        prop_assert_eq!(key(&one) == key(&other), format!("{one:?}") == format!("{other:?}"));
    }
}

#[test]
fn missing_is_not_empty_and_counts_count() {
    let key = |name: &str| Key::new(name).unwrap();
    assert_ne!(KeyWriter::new("k").optional(None).finish(), KeyWriter::new("k").optional(Some("")).finish());
    assert_ne!(
        KeyWriter::new("k").keys(&[key("a")]).keys(&[key("b")]).finish(),
        KeyWriter::new("k").keys(&[key("a"), key("b")]).keys(&[]).finish()
    );
    let one: Arc<[Value]> = Arc::from([Value::text("a")]);
    assert_ne!(
        KeyWriter::new("k").test(&Test::In(one.clone())).finish(),
        KeyWriter::new("k").test(&Test::NotIn(one)).finish()
    );
}
