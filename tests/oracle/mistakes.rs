//! Mistakes in a whole request: in its letters, and in the values of its variables.

use serde_json::{Value, json};

use crate::document::Writer;

impl Writer<'_> {
    /// The document with one character more, or fewer.
    pub(crate) fn garbled(&mut self, document: &str) -> String {
        let mut letters: Vec<char> = document.chars().collect();
        let at = self.chance.below(letters.len());
        match self.chance.below(3) {
            0 => {
                letters.remove(at);
            }
            1 => letters.insert(
                at,
                *self.chance.one(&[
                    '{', '}', '(', ')', '$', '!', ':', '"', '@', '.', ',', '#', '0', 'x', '\u{feff}', '|', '[', '&',
                ]),
            ),
            _ => {
                let other = self.chance.below(letters.len());
                letters.swap(at, other);
            }
        }
        letters.into_iter().collect()
    }

    /// Puts something else in the place of a variable's value.
    pub(crate) fn wrong_variables(&mut self) {
        // What null means to `@skip` and `@include` is not the same in the two: see the README.
        let names = self.variables.keys().filter(|name| !name.starts_with('c'));
        let names: Vec<String> = names.cloned().collect();
        if names.is_empty() {
            return;
        }
        let name = self.chance.one(&names).clone();
        let wrong = [
            json!(null),
            json!("wrong"),
            json!(1),
            json!([null]),
            json!({}),
            json!({ "nothing": 1 }),
            json!(true),
            json!([[1]]),
            json!("RED"),
        ];
        self.mistake = false;
        match self.chance.below(3) {
            0 => {
                self.variables.remove(&name);
            }
            1 => {
                self.variables.insert(name, self.chance.one(&wrong).clone());
            }
            _ => {
                let at = self.chance.below(40);
                let replaced = self.chance.one(&wrong).clone();
                replace(&mut self.variables[&name], &mut { at }, &replaced);
            }
        }
    }
}

/// Replaces the value that is the `at`-th on the way through `value`.
fn replace(value: &mut Value, at: &mut usize, with: &Value) {
    if *at == 0 {
        *value = with.clone();
        *at = usize::MAX;
        return;
    }
    if *at == usize::MAX {
        return;
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, at, with)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, at, with)),
        _ => {}
    }
}
