//! What is let go when the old version has retired.
//!
//! Triggers and indexes hold no data: they are dropped. Columns and tables that nobody uses are *parked*: they stay as they
//! are, and the ledger says since when, so that a version that wants them again finds them.

use super::{
    indexes::is_over,
    ledger::{NOW, index_item, parked_item, trigger_item, used, wanted},
    planner::{Draft, Planner, trigger_name},
};
use crate::schema::DISCRIMINATOR;

impl Planner<'_> {
    pub(super) fn let_go(&mut self) {
        self.drop_triggers();
        self.drop_stale_indexes();
        self.park();
    }

    fn drop_triggers(&mut self) {
        let triggers: Vec<(String, String)> =
            self.ledger.starting("trigger ").map(|(name, tables)| (name.to_owned(), tables.to_owned())).collect();
        for (name, tables) in triggers {
            let over: Vec<_> = tables.split(' ').collect();
            let sql = self.flavor().drop_triggers(&name, &over);
            let item = trigger_item(&name);
            let entries = [self.remove(item.clone())];
            let sentence = self.end_of(&name, &over);
            self.later(Draft::new(item, sentence).sql(sql).entries(entries).for_ever());
        }
        let equal: Vec<_> = self.ledger.starting("equal ").map(|(places, _)| format!("equal {places}")).collect();
        if !equal.is_empty() {
            let entries: Vec<_> = equal.into_iter().map(|item| self.remove(item)).collect();
            self.later(Draft::new("equal", "forgot what was kept equal").entries(entries).for_ever());
        }
    }

    /// What a trigger did, by its name: that of a column is its table's and its own.
    fn end_of(&self, name: &str, over: &[&str]) -> String {
        let all = over.join(" and ");
        let begin = format!("column {all} ");
        let mut columns = self.ledger.starting(&begin).map(|(column, _)| column);
        match columns.find(|column| trigger_name(&[&all, column]) == name) {
            Some(DISCRIMINATOR) => format!("stopped telling new rows of {all} which entity they are of"),
            Some(_) => format!("stopped numbering new rows of {all}"),
            None => format!("stopped keeping places equal in {all}"),
        }
    }

    /// Drops indexes that the model no longer wants: a rule that is gone must not bind.
    fn drop_stale_indexes(&mut self) {
        let wanted = wanted(&self.model.schema);
        let indexes: Vec<(String, String)> =
            self.ledger.starting("index ").map(|(name, definition)| (name.to_owned(), definition.to_owned())).collect();
        for (name, definition) in indexes {
            let item = index_item(&name);
            let schema = &self.model.schema;
            let is_of_this_model = schema.tables.iter().flatten().any(|table| is_over(&definition, &table.name));
            if is_of_this_model && !wanted.contains_key(&item) {
                let entries = [self.remove(item.clone())];
                let draft = Draft::new(item, format!("dropped the index {definition}"))
                    .sql([self.drop_index(&name)])
                    .entries(entries)
                    .for_ever();
                self.later(draft);
            }
        }
    }

    /// Parks what nobody uses.
    fn park(&mut self) {
        let used = used(&self.model.schema);
        let mut unused = Vec::new();
        for begin in ["table ", "column ", "pairs "] {
            let items = self.ledger.starting(begin).map(|(name, _)| format!("{begin}{name}"));
            unused.extend(items.filter(|item| !used.contains(item) && self.ledger.parked(item).is_none()));
        }
        for item in unused {
            let entries = [self.set(parked_item(&item), NOW)];
            let parked = parked_item(&item);
            self.later(Draft::new(parked, format!("parked the {item}, which nobody uses")).entries(entries));
        }
    }
}
