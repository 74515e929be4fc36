//! Processes that are measured: started, read in `/proc`, ended.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How often a second the kernel counts, in `/proc/PID/stat`: a hundred times on every Linux there is today.
const TICKS: u64 = 100;

/// How long a process has for its end, in hundredths of a second.
const PATIENCE: u32 = 1_000;

/// A process that ends with this value.
pub struct Process {
    child: Child,
}

/// What a process holds, in MB of 1,000,000 bytes.
#[derive(Clone, Copy)]
pub struct Memory {
    pub now: f64,
    pub most: f64,
}

/// The processor that what is measured has to itself, where there are several and `taskset` is there; everything else runs on
/// the others.
const MEASURED: &str = "0";

/// How many processors there are, whichever of them this process may use.
fn processors() -> usize {
    std::fs::read_to_string("/proc/cpuinfo").map_or(1, |text| text.matches("processor\t").count())
}

/// Whether processes can be kept on processors of their own.
pub fn apart() -> bool {
    let known = || Command::new("taskset").arg("--version").stdout(Stdio::null()).status().is_ok_and(|of| of.success());
    processors() > 1 && known()
}

/// How long the processor of what is measured has been busy so far, with whatever it was.
pub fn busy() -> Duration {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    let line = stat.lines().find_map(|line| line.strip_prefix(&format!("cpu{MEASURED} "))).unwrap();
    // User, nice, kernel, idle, waiting for a disk, interrupts, and what other virtual machines took.
    let ticks: Vec<u64> = line.split_whitespace().take(8).map(|field| field.parse().unwrap()).collect();
    Duration::from_millis((ticks.iter().sum::<u64>() - ticks[3] - ticks[4]) * 1000 / TICKS)
}

/// Leaves the processor of what is measured alone from now on; children that are not measured do likewise.
pub fn keep_apart() {
    if apart() {
        let (others, own) = (format!("1-{}", processors() - 1), std::process::id().to_string());
        let _ = Command::new("taskset").args(["-a", "-c", "-p", &others, &own]).stdout(Stdio::null()).status();
    }
}

impl Process {
    /// This program again, in another role, and the first line it says.
    pub fn own(arguments: &[&str]) -> (Self, String) {
        Self::said(Command::new(std::env::current_exe().unwrap()).args(arguments))
    }

    /// The same, on the processor of what is measured.
    pub fn own_measured(arguments: &[&str]) -> (Self, String) {
        Self::said(measured(std::env::current_exe().unwrap().to_str().unwrap()).args(arguments))
    }

    /// Starts it, and waits for its first line on standard output.
    fn said(command: &mut Command) -> (Self, String) {
        let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Self { child }, line.trim_end().to_owned())
    }

    /// A process that was started otherwise.
    pub fn of(child: Child) -> Self {
        Self { child }
    }

    /// The processor time it took so far, its own and the kernel's for it.
    pub fn cpu(&self) -> Duration {
        self.ticks(2)
    }

    /// The processor time it took so far, without the kernel's for it.
    pub fn own_cpu(&self) -> Duration {
        self.ticks(1)
    }

    /// The first of its times in the kernel's list: its own, the kernel's.
    fn ticks(&self, times: usize) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The name, in brackets, may hold anything; what follows are numbers.
        let behind = stat.rsplit_once(')').unwrap().1;
        let ticks: u64 =
            behind.split_whitespace().skip(11).take(times).map(|field| field.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 1000 / TICKS)
    }

    /// What it holds.
    pub fn memory(&self) -> Memory {
        memory_of(&self.child.id().to_string())
    }
}

impl Drop for Process {
    /// It is asked to end first: a program that counts what runs in it tells its counts when it ends.
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        for _ in 0..PATIENCE {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process holds, by its number or `self`.
pub fn memory_of(process: &str) -> Memory {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0 / 1e6
    };
    Memory { now: field("VmRSS:"), most: field("VmHWM:") }
}

/// A program on the processor of what is measured, with as many open files as it may have.
pub fn measured(program: &str) -> Command {
    placed(program, MEASURED)
}

/// A program on every processor there is, with as many open files as it may have.
pub fn anywhere(program: &str) -> Command {
    placed(program, &format!("0-{}", processors() - 1))
}

fn placed(program: &str, processors: &str) -> Command {
    let mut command = Command::new("sh");
    let on = if apart() { format!("taskset -c {processors} ") } else { String::new() };
    command.args(["-c", &format!("ulimit -n \"$(ulimit -Hn)\"; exec {on}\"$0\" \"$@\""), program]);
    command
}

/// How many files this process may have open, once it has asked for as many as it can have.
pub fn files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let (own, hard) = (std::process::id().to_string(), line.split_whitespace().nth(4).unwrap().to_owned());
    let mut prlimit = Command::new("prlimit");
    prlimit.args(["--pid", &own, &format!("--nofile={hard}:{hard}")]).stdout(Stdio::null());
    let soft = line.split_whitespace().nth(3).unwrap().to_owned();
    let raised = prlimit.status().is_ok_and(|of| of.success());
    if raised { hard } else { soft }.parse().unwrap()
}
