//! `$expand`: navigations of a row, and of what hangs on it; V2 writes them as paths, V4 inside each other.

/// Navigations to expand, with what of their targets is wanted.
#[derive(Debug, Default)]
pub(super) struct Expanded {
    navigations: Vec<Navigation>,
}

#[derive(Debug)]
struct Navigation {
    name: String,
    /// Somebody wants all of its columns.
    whole: bool,
    columns: Vec<String>,
    inner: Expanded,
}

impl Expanded {
    /// Adds a path of navigations; without columns, all of what it leads to.
    pub(super) fn add(&mut self, path: &str, columns: Vec<String>) {
        let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let at = self.navigations.iter().position(|known| known.name == name).unwrap_or(self.navigations.len());
        if at == self.navigations.len() {
            let inner = Self::default();
            self.navigations.push(Navigation { name: name.to_owned(), whole: false, columns: Vec::new(), inner });
        }
        let Some(navigation) = self.navigations.get_mut(at) else { return };
        match rest {
            Some(rest) => navigation.inner.add(rest, columns),
            None if columns.is_empty() => navigation.whole = true,
            None => navigation.columns.extend(columns),
        }
    }

    /// As V2 writes it; the columns, as paths, are added to what is selected.
    pub(super) fn paths(&self, select: &mut Vec<String>) -> String {
        let mut expand = Vec::new();
        self.along("", (select, &mut expand));
        expand.join(",")
    }

    fn along(&self, before: &str, (select, expand): (&mut Vec<String>, &mut Vec<String>)) {
        for navigation in &self.navigations {
            let path = format!("{before}{}", navigation.name);
            if navigation.whole {
                // A path into it, alone, would leave out its own columns.
                select.push(if navigation.inner.navigations.is_empty() { path.clone() } else { format!("{path}/*") });
            } else {
                select.extend(navigation.columns.iter().map(|column| format!("{path}/{column}")));
            }
            expand.push(path.clone());
            navigation.inner.along(&format!("{path}/"), (&mut *select, &mut *expand));
        }
    }

    /// As V4 writes it.
    pub(super) fn nested(&self) -> String {
        let one = |navigation: &Navigation| {
            let mut options = Vec::new();
            if !navigation.whole && !navigation.columns.is_empty() {
                options.push(format!("$select={}", navigation.columns.join(",")));
            }
            if !navigation.inner.navigations.is_empty() {
                options.push(format!("$expand={}", navigation.inner.nested()));
            }
            let inside = if options.is_empty() { String::new() } else { format!("({})", options.join(";")) };
            format!("{}{inside}", navigation.name)
        };
        self.navigations.iter().map(one).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::Expanded;

    fn expanded(paths: &[(&str, &[&str])]) -> Expanded {
        let mut tree = Expanded::default();
        for (path, columns) in paths {
            tree.add(path, columns.iter().map(|column| (*column).to_owned()).collect());
        }
        tree
    }

    #[test]
    fn navigations_of_a_row_stand_beside_each_other() {
        let tree = expanded(&[("to_Item", &["Material"]), ("to_Partner", &[])]);
        let mut select = vec!["SalesOrder".to_owned()];
        assert_eq!(tree.paths(&mut select), "to_Item,to_Partner");
        assert_eq!(select.join(","), "SalesOrder,to_Item/Material,to_Partner");
        assert_eq!(tree.nested(), "to_Item($select=Material),to_Partner");
    }

    #[test]
    fn what_hangs_on_it_stands_behind_it_in_v2_and_inside_it_in_v4() {
        let tree = expanded(&[("to_Item", &["Material"]), ("to_Item/to_Line", &["Day"])]);
        let mut select = Vec::new();
        assert_eq!(tree.paths(&mut select), "to_Item,to_Item/to_Line");
        assert_eq!(select.join(","), "to_Item/Material,to_Item/to_Line/Day");
        assert_eq!(tree.nested(), "to_Item($select=Material;$expand=to_Line($select=Day))");
    }

    #[test]
    fn what_is_on_the_way_is_expanded_too_and_what_is_wanted_whole_stays_whole() {
        let (mut alone, mut whole) = (Vec::new(), Vec::new());
        let tree = expanded(&[("to_Item/to_Line", &["Day"])]);
        assert_eq!(
            (tree.paths(&mut alone), tree.nested()),
            ("to_Item,to_Item/to_Line".to_owned(), "to_Item($expand=to_Line($select=Day))".to_owned())
        );
        assert_eq!(alone, ["to_Item/to_Line/Day"]);
        let tree = expanded(&[("to_Item", &[]), ("to_Item/to_Line", &["Day"])]);
        assert_eq!(tree.paths(&mut whole), "to_Item,to_Item/to_Line");
        assert_eq!(whole, ["to_Item/*", "to_Item/to_Line/Day"]);
    }
}
