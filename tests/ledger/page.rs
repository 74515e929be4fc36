//! The page that says what a run came to, with its table.

use std::collections::BTreeMap;
use std::fmt;

use crate::WRITES;
use crate::kinds::Kind;
use crate::tally::Tally;
use crate::told::Told;

#[derive(Default)]
struct Row {
    writes: u64,
    done: u64,
    refused: u64,
    failed: u64,
    uncertain: u64,
    uncertain_and_done: u64,
    effects: u64,
}

impl Tally {
    fn rows(&self) -> BTreeMap<Kind, Row> {
        let mut rows: BTreeMap<Kind, Row> = BTreeMap::new();
        for written in &self.history.writes {
            let row = rows.entry(written.kind).or_default();
            row.writes += 1;
            row.effects += written.effects;
            match written.told {
                Told::Done => row.done += 1,
                Told::Refused(_) => row.refused += 1,
                Told::Failed(_) => row.failed += 1,
                Told::Uncertain => {
                    row.uncertain += 1;
                    row.uncertain_and_done += u64::from(written.effects > 0);
                }
            }
        }
        rows
    }

    /// The page.
    pub fn document(&self, seed: u64, writes: u64) -> String {
        let put_right: u64 = self.history.writes.iter().map(|written| written.put_right).sum();
        format!(
            "# The ledger\n\nA client's history against the ledger of the systems, over {writes} random writes of the demo (seed {seed}): \
             {} requests, {} of them repeats,\n{} answers that nobody knew. Connections were cut before, during and after the write, or the \
             write was done up to\n10 seconds after the cut; systems were down, limited or locked. No write had a second effect, none that\n\
             was told as done is missing, and none that was told as failed or refused was done.\n\n{self}\n\
             An effect is an entry of a system's ledger that changed something, of whatever kind the write is. A write that stays\n\
             uncertain is one that the client gave up on. A file that came with a message is with it, once, wherever the message is.\n\n\
             The state agrees with it. Whenever a write that sets a field (updateViewer, updateAccount, updateContact, updateDeal,\n\
             cancelOrder) was told as done, its value stood in the record at that moment; not so {} times, when an earlier one came late\n\
             over it before the answer was there. {put_right} times the repeat of a write put right what an earlier one had changed late. In the\n\
             end each field holds the value of the last entry that changed it, never one of a write that was told as failed or refused.\n\
             All else of these records, and every other record, is what it was; contacts, deals, orders, tickets, comments and sessions\n\
             are as many as before and with the effects.\n\n\
             Nor does anything come back: a write whose answer was lost is not done again before what was sent first can come no more,\n\
             so that it never comes over what the client wrote next. Chance seldom brings that about: `tests/ledger/late.rs` plays it\n\
             step by step.\n\n\
             Documents are in an S3 server that fails in the same ways. `payInvoice` is not in it: it reads where a\n\
             person can pay, and changes nothing.\n\n\
             `cargo test --test ledger -- --ignored publish` makes this page; `./test` plays {WRITES} writes of another seed.\n",
            self.requests, self.repeated, self.uncertain, self.history.overtaken,
        )
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head =
            ["mutation", "writes", "told done", "refused", "failed", "left uncertain", "of these done", "effects"];
        writeln!(f, "| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()))?;
        for (kind, row) in self.rows() {
            let Row { writes, done, refused, failed, uncertain, uncertain_and_done, effects } = row;
            let counts = [writes, done, refused, failed, uncertain, uncertain_and_done, effects];
            writeln!(f, "| {} | {} |", kind.title(), counts.map(|count| count.to_string()).join(" | "))?;
        }
        Ok(())
    }
}
