//! What this process holds: memory, and files without a name.

use std::path::Path;

/// How many files of a folder this process has open that have no name there (any more).
pub fn open(folder: &Path) -> usize {
    let folder = folder.to_str().unwrap();
    let open = std::fs::read_dir("/proc/self/fd").unwrap().filter_map(Result::ok);
    let names = open.filter_map(|file| std::fs::read_link(file.path()).ok());
    names.filter(|name| name.to_string_lossy().starts_with(folder)).count()
}

/// The most memory that this process has held, from now on.
pub struct Memory(usize);

impl Memory {
    pub fn begin() -> Self {
        // The high-water mark is the present level again.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        Self(status("VmHWM:"))
    }

    /// By how many bytes the most was more than at the beginning.
    pub fn grown(&self) -> usize {
        status("VmHWM:").saturating_sub(self.0)
    }
}

fn status(name: &str) -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
