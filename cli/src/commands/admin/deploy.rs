//! `brooklet deploy`, `brooklet rollback`: bring a version into service, and follow what becomes of it.

use std::{
    path::PathBuf,
    thread::sleep,
    time::{Duration, Instant},
};

use clap::Args;
use serde_json::{Value, json};

use super::{Access, items, short_hash, text};
use crate::{
    compiling,
    failure::{Exit, Usage},
    output::{self, Format},
};

/// How often the cluster is asked how far it has come.
const POLL: Duration = Duration::from_millis(50);
/// For how long a cluster that does not answer is asked again: the node that was asked may have died, and others go on.
const PATIENCE: Duration = Duration::from_secs(20);

/// Arguments that say something of a deployment, and mean nothing where none begins.
const OF_A_DEPLOYMENT: [&str; 10] = [
    "paths",
    "plan",
    "canary",
    "canary_role",
    "canary_user",
    "canary_header",
    "max_failures",
    "max_latency",
    "pin_sessions",
    "group",
];

/// Deploys a model to a cluster under load: no call fails, no session is lost.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  brooklet deploy model/ --to http://127.0.0.1:8080 --token secret
  brooklet deploy app.wasm --plan 5f0c9a3be2d1470c     what `brooklet plan` showed, or nothing
  brooklet deploy model/ --canary 5%                   a share of the sessions first
  brooklet deploy --promote                            then all of them
  brooklet deploy --abort                              or none
  brooklet deploy model/ --canary-role Tester          those with a user role first, or --canary-user, --canary-header
  brooklet deploy model/ --pin-sessions 2h             who is logged in stays on the version before
  brooklet deploy model/ --group batch                 only nodes that were started with --group batch

Ends with 0 when every node serves the version, with 1 when it was taken back or a node cannot follow.")]
pub(crate) struct Deploy {
    /// Files, folders of .mdl files, or one component.
    #[arg(required_unless_present_any = ["promote", "abort", "unpin", "ungroup"], value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Deploy only if the plan has this hash.
    #[arg(long, value_name = "HASH")]
    plan: Option<String>,
    /// Give it to this share of the sessions first, and watch how it does.
    #[arg(long, value_name = "PERCENT", value_parser = share)]
    canary: Option<u32>,
    /// Give it to sessions with this user role first; may be given several times, and with the other --canary options.
    #[arg(long, value_name = "ROLE")]
    canary_role: Vec<String>,
    /// Give it to the sessions of this user first; may be given several times.
    #[arg(long, value_name = "NAME")]
    canary_user: Vec<String>,
    /// Give it first to requests, and their sessions from then on, with the header `Brooklet-Canary: WORD`.
    #[arg(long, value_name = "WORD")]
    canary_header: Option<String>,
    /// A canary is taken back when so many more of its calls fail than of those of the version before.
    #[arg(long, value_name = "PERCENT", value_parser = permille)]
    max_failures: Option<u32>,
    /// A canary is taken back when 95 % of its calls take up to so many times as long as those of the version before.
    #[arg(long, value_name = "FACTOR")]
    max_latency: Option<f64>,
    /// Sessions that are there stay on the version before, for so long at most.
    #[arg(long, value_name = "TIME", conflicts_with = "canary", num_args = 0..=1, default_missing_value = "8h", value_parser = humantime::parse_duration)]
    pin_sessions: Option<Duration>,
    /// Give it to the nodes of this group only, which keep it whatever is deployed to the others. Its entities must be those of the
    /// active version.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["canary", "canary_role", "canary_user", "canary_header", "pin_sessions"])]
    group: Option<String>,
    /// The canary becomes the active version.
    #[arg(long, conflicts_with_all = OF_A_DEPLOYMENT, group = "instead")]
    promote: bool,
    /// The canary is taken back.
    #[arg(long, conflicts_with_all = OF_A_DEPLOYMENT, group = "instead")]
    abort: bool,
    /// Sessions that stay on the version before go on with the active one.
    #[arg(long, conflicts_with_all = OF_A_DEPLOYMENT, group = "instead")]
    unpin: bool,
    /// The nodes of this group go on with the active version.
    #[arg(long, value_name = "NAME", conflicts_with_all = OF_A_DEPLOYMENT, group = "instead")]
    ungroup: Option<String>,
    #[command(flatten)]
    access: Access,
}

/// Goes back to the version before, or to another one, with the data written since.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  brooklet rollback --token secret
  brooklet rollback 3f2a91c0 --token secret      one that `brooklet versions` lists")]
pub(crate) struct Rollback {
    /// The first digits of the version's hash; the version before without it.
    #[arg(value_name = "VERSION")]
    version: Option<String>,
    #[command(flatten)]
    access: Access,
}

impl Deploy {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        if self.promote || self.abort {
            let verdict = if self.promote { "promote" } else { "abort" };
            let begun = self.access.send("POST", &format!("canary/{verdict}"), None)?;
            return follow(&self.access, &begun, format, if self.promote { Wish::Promoted } else { Wish::TakenBack });
        }
        if self.unpin {
            self.access.send("POST", "unpin", None)?;
            say(format, "all sessions have the active version", &json!({ "event": "unpinned" }));
            return Ok(Exit::Clean);
        }
        if let Some(group) = &self.ungroup {
            self.access.send("DELETE", &format!("groups/{}", escaped(group)), None)?;
            let event = json!({ "event": "ungrouped", "group": group });
            say(format, &format!("the nodes of group {group} have the active version"), &event);
            return Ok(Exit::Clean);
        }
        let audience = self.audience();
        let is_canary = self.canary.is_some() || audience.is_some();
        if !is_canary && (self.max_failures.is_some() || self.max_latency.is_some()) {
            return Err(Usage("--max-failures and --max-latency are for canaries: say --canary 5%".to_owned()).into());
        }
        let Some(model) = compiling::model(&self.paths, format)? else { return Ok(Exit::Faulty) };
        let milliseconds = |duration: Duration| duration.as_millis().to_string();
        let wanted = [
            ("plan", self.plan),
            ("share", self.canary.map(|share| share.to_string())),
            ("audience", audience.map(|audience| audience.to_string())),
            ("group", self.group),
            ("stay", self.pin_sessions.map(milliseconds)),
            ("failuresPermille", self.max_failures.map(|permille| permille.to_string())),
            ("latencyFactor", self.max_latency.map(|factor| factor.to_string())),
        ];
        let begun = self.access.upload(&format!("deployments{}", query(&wanted)), &model.component)?;
        follow(&self.access, &begun, format, Wish::Served)
    }

    /// Who gets a canary besides its share; nothing when nobody does.
    fn audience(&self) -> Option<Value> {
        let audience = json!({ "roles": self.canary_role, "users": self.canary_user, "word": self.canary_header });
        let is_given = !self.canary_role.is_empty() || !self.canary_user.is_empty() || self.canary_header.is_some();
        is_given.then_some(audience)
    }
}

impl Rollback {
    pub(crate) fn execute(self, format: Format) -> anyhow::Result<Exit> {
        let path = format!("rollback{}", query(&[("to", self.version)]));
        let begun = self.access.send("POST", &path, None)?;
        follow(&self.access, &begun, format, Wish::Served)
    }
}

/// How a deployment is wanted to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// Every node serves it, or a canary has its share.
    Served,
    /// Every node serves what was a canary.
    Promoted,
    /// The canary is gone.
    TakenBack,
}

/// Prints what happens as it happens, until a deployment is finished, or a canary has its share.
fn follow(access: &Access, begun: &Value, format: Format, wish: Wish) -> anyhow::Result<Exit> {
    let id = begun["deployment"].as_i64().ok_or_else(|| Usage("the node did not say which deployment".to_owned()))?;
    let mut shown = None;
    let mut heard = Instant::now();
    loop {
        let deployment = match access.send("GET", &format!("deployments/{id}"), None) {
            Ok(deployment) => deployment,
            Err(_) if heard.elapsed() < PATIENCE => {
                sleep(POLL);
                continue;
            }
            Err(error) => return Err(error),
        };
        heard = Instant::now();
        let lines = items(&deployment, "lines");
        // Whoever ends a trial has seen how it began.
        let seen = shown.unwrap_or(if wish == Wish::Served { 0 } else { lines.len() });
        lines.iter().skip(seen).for_each(|line| show(line, format));
        shown = Some(lines.len());
        let version = short_hash(&text(&deployment, "version"));
        let phase = &deployment["phase"];
        if let Some(why) = phase["taken-back"].as_str() {
            let event = json!({ "event": "taken-back", "version": version, "reason": why });
            say(format, &format!("taken back: {why}"), &event);
            return Ok(if wish == Wish::TakenBack { Exit::Clean } else { Exit::Faulty });
        }
        let full = &deployment["version"];
        match phase.as_str() {
            Some("done") => {
                let left_out: Vec<_> = items(&deployment, "leftOut").iter().filter_map(Value::as_str).collect();
                if !left_out.is_empty() {
                    let event = json!({ "event": "done", "version": full, "leftOut": left_out });
                    say(format, &format!("{version} serves, but not on {}", left_out.join(", ")), &event);
                    return Ok(Exit::Faulty);
                }
                let sentence = match deployment["group"].as_str() {
                    Some(group) => format!("every node of group {group} serves {version}"),
                    None => format!("every node serves {version}"),
                };
                say(format, &sentence, &json!({ "event": "done", "version": full }));
                return Ok(Exit::Clean);
            }
            Some("watching") if wish == Wish::Served => {
                let share = deployment["share"].as_f64().unwrap_or_default() / 100.0;
                let who = tried_by(share, &deployment["audience"]);
                let sentence = format!("{who} have {version}; end the trial with --promote or --abort");
                say(format, &sentence, &json!({ "event": "canary", "version": full, "percent": share }));
                return Ok(Exit::Clean);
            }
            _ => {}
        }
        sleep(POLL);
    }
}

/// Says something to whoever reads.
fn say(format: Format, sentence: &str, event: &Value) {
    match format {
        Format::Text => output::line(sentence),
        Format::Json => output::json(event),
    }
}

/// Who has a canary.
fn tried_by(percent: f64, audience: &Value) -> String {
    let names = |what: &str, key: &str| {
        let names: Vec<_> = items(audience, key).iter().filter_map(Value::as_str).collect();
        (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")))
    };
    let share = (percent > 0.0).then(|| format!("{percent} % of the sessions"));
    let word = audience["word"].as_str().map(|word| format!("requests with Brooklet-Canary: {word}"));
    let who = [share, names("sessions with user role", "roles"), names("sessions of", "users"), word];
    who.into_iter().flatten().collect::<Vec<_>>().join(", and ")
}

fn show(line: &Value, format: Format) {
    match format {
        Format::Json => output::json(line),
        Format::Text => {
            let (after, what) = (line["afterMs"].as_i64().unwrap_or_default(), text(line, "text"));
            match line["node"].as_str() {
                Some(node) => output::line(&format!("{after:>7} ms  {node}: {what}")),
                None => output::line(&format!("{after:>7} ms  {what}")),
            }
        }
    }
}

/// The part of a URL after the path.
pub(super) fn query(values: &[(&str, Option<String>)]) -> String {
    let given = values.iter().filter_map(|(name, value)| Some(format!("{name}={}", escaped(value.as_ref()?))));
    let joined = given.collect::<Vec<_>>().join("&");
    if joined.is_empty() { joined } else { format!("?{joined}") }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// A share of sessions, in parts of ten thousand.
fn share(text: &str) -> Result<u32, String> {
    match parts(text, 100.0)? {
        share if (1..10_000).contains(&share) => Ok(share),
        _ => Err("more than 0.01 % and less than 100 %".to_owned()),
    }
}

fn permille(text: &str) -> Result<u32, String> {
    parts(text, 10.0)
}

/// A percentage in parts of so much a percent.
fn parts(text: &str, of_a_percent: f64) -> Result<u32, String> {
    let percent: f64 =
        text.trim().trim_end_matches('%').trim().parse().map_err(|_| "a percentage such as 5%".to_owned())?;
    if !(0.0..=100.0).contains(&percent) {
        return Err("a percentage from 0 to 100".to_owned());
    }
    Ok((percent * of_a_percent).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percentages() {
        assert_eq!((share("5%"), share("0.5"), share(" 12.25 % ")), (Ok(500), Ok(50), Ok(1_225)));
        assert!(share("0%").is_err() && share("100%").is_err() && share("x").is_err());
    }

    #[test]
    fn whoever_has_a_canary_is_named() {
        assert_eq!(tried_by(5.0, &Value::Null), "5 % of the sessions");
        let audience = json!({ "roles": ["Tester", "Clerk"], "users": ["ada"], "word": "new" });
        let who = "sessions with user role Tester, Clerk, and sessions of ada, and requests with Brooklet-Canary: new";
        assert_eq!(tried_by(0.0, &audience), who);
    }

    #[test]
    fn what_is_not_given_is_not_said() {
        assert_eq!(query(&[("a", None), ("b", Some("x y&z".to_owned()))]), "?b=x%20y%26z");
        assert_eq!(query(&[("a", None)]), "");
    }
}
