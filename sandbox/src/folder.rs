//! The folder with the customers' documents: real files, on disk while the business is open.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Result;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::data::{Business, Company, Contact};
use crate::pdf::pdf;
use crate::people;

/// A day, in seconds.
const DAY: i64 = 24 * 60 * 60;

/// Every company's documents: the path below its own, and how long ago it was put there, in seconds.
pub const DOCUMENTS: [(&str, i64); 4] = [
    ("contracts/Framework agreement.pdf", 200 * DAY),
    ("contracts/2026/Price list.pdf", 40 * DAY),
    ("photos/Delivery.png", 12 * DAY),
    ("notes/Handover.txt", 3 * DAY),
];

/// A folder that is there as long as this is.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Where the folder of a business that is not open would be: nowhere.
    pub fn nowhere() -> PathBuf {
        std::env::temp_dir().join("vestibule-demo-documents")
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Puts the documents of every company that somebody signs in for into a new folder, as of `now`, Unix seconds: nobody sees
    /// those of the others, and a thousand files are slow to make.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn of(business: &Business, now: i64) -> Result<Self> {
        static OPENED: AtomicU64 = AtomicU64::new(0);
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("vestibule-demo-{}-{number}", std::process::id()));
        fs::create_dir_all(&path)?;
        let folder = Self(path.canonicalize()?);
        let people = people();
        let signs_in = |contact: &&Contact| people.iter().any(|person| person.email == contact.email);
        let memberships = business.contacts.iter().filter(signs_in).flat_map(|contact| &contact.companies);
        let seen: BTreeSet<u64> = memberships.map(|membership| membership.company).collect();
        for company in business.companies.iter().filter(|company| seen.contains(&company.id)) {
            folder.seed(company, now)?;
        }
        Ok(folder)
    }

    fn seed(&self, company: &Company, now: i64) -> Result<()> {
        let name = company.name.trim();
        let shade = u8::try_from(company.id % 200).unwrap_or_default();
        for (path, age) in DOCUMENTS {
            let content = match path.rsplit('/').next().unwrap_or_default() {
                "Delivery.png" => png(shade),
                "Handover.txt" => format!("Handed over to {name}, complete and without damage.\n").into_bytes(),
                file => {
                    pdf(&[file.trim_end_matches(".pdf"), name, "Prices and terms hold for all orders of the year."])
                }
            };
            let path = self.0.join("accounts").join(company.id.to_string()).join(path);
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            fs::write(&path, content)?;
            let at = u64::try_from(now - age).unwrap_or_default();
            let at: SystemTime = UNIX_EPOCH + Duration::from_secs(at);
            File::options().write(true).open(&path)?.set_modified(at)?;
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in the machine's own folder for such things is swept by the machine.
        let _removed = fs::remove_dir_all(&self.0);
    }
}

/// A grey picture of 16 by 16 points.
fn png(shade: u8) -> Vec<u8> {
    const SIDE: u8 = 16;
    let line = [&[0][..], &[shade; SIDE as usize]].concat();
    let points = line.repeat(usize::from(SIDE));
    let length = u16::try_from(points.len()).unwrap_or(u16::MAX);
    // Stored as it is: one block of deflate that packs nothing.
    let mut data = vec![0x78, 0x01, 0x01];
    data.extend(length.to_le_bytes());
    data.extend((!length).to_le_bytes());
    data.extend(&points);
    data.extend(adler(&points).to_be_bytes());
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &[0, 0, 0, SIDE, 0, 0, 0, SIDE, 8, 0, 0, 0, 0]);
    chunk(&mut file, *b"IDAT", &data);
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    file.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
    let body = [&name[..], data].concat();
    file.extend(&body);
    file.extend(crc(&body).to_be_bytes());
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 })
    };
    !bytes.iter().fold(u32::MAX, step)
}

fn adler(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_those_of_their_standards() {
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_page_says_where_its_table_is() {
        let file = String::from_utf8(pdf(&["Terms (draft)"])).unwrap();
        let at: usize = file.lines().rev().nth(1).unwrap().parse().unwrap();
        assert!(file[at..].starts_with("xref\n0 6\n"));
        assert!(file.contains(r"(Terms \(draft\)) Tj"));
    }

    #[test]
    fn a_folder_goes_with_its_business() {
        let business = crate::data::seed::business(1_790_000_000);
        let folder = Folder::of(&business, 1_790_000_000).unwrap();
        let path = folder.path().to_owned();
        let first = path.join("accounts").join(business.companies[0].id.to_string());
        assert!(fs::read(first.join("contracts/Framework agreement.pdf")).unwrap().starts_with(b"%PDF-1.4"));
        assert!(fs::read(first.join("photos/Delivery.png")).unwrap().starts_with(b"\x89PNG"));
        drop(folder);
        assert!(!path.exists());
    }
}
