//! The load loop: what common/driver.cpp is for the drivers in C++, with the same command line and the same answers.

use std::error::Error;
use std::future::Future;
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

pub type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

pub const EVENT_BYTES: usize = 256;
pub const STREAM_EVENTS: u64 = 10;

/// What the driver is asked to do.
#[derive(Clone, Debug)]
pub struct Options {
    pub host: String,
    pub port: u16,
    pub operation: String,
    pub clients: u64,
    pub batch: u64,
    pub events: u64,
    pub seconds: f64,
    pub warm_up: f64,
    pub requests_max: u64,
    pub run: String,
}

impl Options {
    /// Reads pairs of `--name value`.
    pub fn parse(arguments: impl Iterator<Item = String>) -> Fallible<Options> {
        let mut options = Options {
            host: "127.0.0.1".into(),
            port: 0,
            operation: String::new(),
            clients: 1,
            batch: 1,
            events: 0,
            seconds: 1.0,
            warm_up: 0.0,
            requests_max: 10_000_000,
            run: String::new(),
        };
        let mut arguments = arguments;
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or(format!("{name} needs a value"))?;
            match name.as_str() {
                "--host" => options.host = value,
                "--port" => options.port = value.parse()?,
                "--operation" => options.operation = value,
                "--clients" => options.clients = value.parse()?,
                "--batch" => options.batch = value.parse()?,
                "--events" => options.events = value.parse()?,
                "--seconds" => options.seconds = value.parse()?,
                "--warm-up" => options.warm_up = value.parse()?,
                "--requests-max" => options.requests_max = value.parse()?,
                "--run" => options.run = value,
                _ => return Err(format!("unknown option {name}").into()),
            }
        }
        if options.port == 0 || options.clients == 0 {
            return Err("--port and --operation are needed".into());
        }
        Ok(options)
    }
}

/// The JSON that every driver appends.
pub fn data_of(number: u64) -> Vec<u8> {
    let mut text = format!("{{\"order\":\"{number:016x}\",\"customer\":\"c-1029\",\"total\":4213,\"currency\":\"EUR\",\"note\":\"");
    while text.len() < EVENT_BYTES - 2 {
        text.push('x');
    }
    text.push_str("\"}");
    text.into_bytes()
}

pub fn stream_name(run: &str, number: u64) -> String {
    format!("order-{run}.{number}")
}

/// Where one client appends: to one stream of ten after the other.
pub struct StreamWriter {
    run: String,
    next: u64,
    clients: u64,
    pub stream: String,
    pub version: u64,
    end: u64,
}

impl StreamWriter {
    pub fn new(run: &str, client: u64, clients: u64) -> StreamWriter {
        StreamWriter {
            run: run.into(),
            next: client,
            clients,
            stream: String::new(),
            version: 0,
            end: 0,
        }
    }

    /// Makes room for `events` more in the current stream, or goes to the next one.
    pub fn advance(&mut self, events: u64) {
        if self.stream.is_empty() || self.end + events > STREAM_EVENTS {
            self.stream = stream_name(&self.run, self.next);
            self.next += self.clients;
            self.end = 0;
        }
        self.version = self.end;
        self.end += events;
    }
}

/// One client: a connection of its own with one request in flight.
pub trait Session: Sized + Send + 'static {
    /// Does the operation once. Returns how many events were appended or read.
    fn request(&mut self) -> impl Future<Output = Fallible<u64>> + Send;
}

#[derive(Default)]
struct Tally {
    events: u64,
    latencies_us: Vec<f64>,
    seconds: f64,
}

impl Tally {
    fn percentile(&mut self, share: f64) -> f64 {
        if self.latencies_us.is_empty() {
            return 0.0;
        }
        self.latencies_us.sort_by(f64::total_cmp);
        self.latencies_us[(share * (self.latencies_us.len() - 1) as f64) as usize]
    }
}

async fn drive<S: Session>(mut session: S, deadline: Instant, requests: u64) -> Fallible<(S, Tally, Instant)> {
    let mut tally = Tally::default();
    let mut end = Instant::now();
    for _ in 0..requests {
        let begin = Instant::now();
        if begin >= deadline {
            break;
        }
        tally.events += session.request().await?;
        end = Instant::now();
        tally.latencies_us.push((end - begin).as_secs_f64() * 1e6);
    }
    Ok((session, tally, end))
}

async fn run_phase<S: Session>(sessions: Vec<S>, options: &Options, seconds: f64) -> Fallible<(Vec<S>, Tally)> {
    let load = options.operation == "load";
    let begin = Instant::now();
    let deadline = begin + Duration::from_secs_f64(if load { 3600.0 } else { seconds });
    let streams = options.events / STREAM_EVENTS;
    let mut tasks = Vec::new();
    for (client, session) in sessions.into_iter().enumerate() {
        // When loading, each client has its share of the streams.
        let share = (streams + options.clients - 1 - client as u64) / options.clients;
        let requests = if load { share } else { options.requests_max };
        tasks.push(tokio::spawn(drive(session, deadline, requests)));
    }
    let mut all = Tally::default();
    let mut kept = Vec::new();
    let mut last = begin;
    for task in tasks {
        let (session, tally, end) = task.await??;
        kept.push(session);
        all.events += tally.events;
        all.latencies_us.extend(tally.latencies_us);
        last = last.max(end);
    }
    all.seconds = (last - begin).as_secs_f64();
    Ok((kept, all))
}

/// Waits for a line, or for the end of standard input.
fn wait_for_line() -> Fallible<()> {
    std::io::stdin().lock().read_line(&mut String::new())?;
    Ok(())
}

/// Warms up, says so, waits, measures, answers, and waits again.
pub async fn run<S: Session>(sessions: Vec<S>, options: &Options) -> Fallible<()> {
    let mut sessions = sessions;
    if options.warm_up > 0.0 && options.operation != "load" {
        (sessions, _) = run_phase(sessions, options, options.warm_up).await?;
    }
    println!("ready");
    std::io::stdout().flush()?;
    wait_for_line()?;
    let (kept, mut tally) = run_phase(sessions, options, options.seconds).await?;
    let (requests, p50, p99) = (tally.latencies_us.len(), tally.percentile(0.5), tally.percentile(0.99));
    println!(
        "{{\"events\":{},\"requests\":{requests},\"seconds\":{},\"p50_us\":{p50},\"p99_us\":{p99}}}",
        tally.events, tally.seconds
    );
    std::io::stdout().flush()?;
    wait_for_line()?;
    drop(kept);
    Ok(())
}
