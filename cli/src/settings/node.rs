//! The settings of a node.

use std::path::{Path, PathBuf};

use brooklet_runtime::{
    NodeOptions,
    limits::Limits,
    options::{AdminToken, ApiDocs, HttpOptions, RootUrl},
    users::FirstAdministrator,
};
use clap::{Args, ValueEnum};
use ipnet::IpNet;

use super::{
    Given,
    limits::LimitSettings,
    logins::LoginSettings,
    secret,
    sessions::SessionSettings,
    values::{Time, network, node_name},
};
use crate::{compiling, failure::Usage};

/// The settings of a node, as they are written.
#[derive(Clone, Debug, Args)]
pub(crate) struct NodeSettings {
    /// A file of settings (TOML): `store = "sqlite:shop.sqlite"`. Flags and variables come before it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) network: NetworkSettings,
    #[command(flatten)]
    pub(crate) stores: StoreSettings,
    #[command(flatten)]
    administration: AdministrationSettings,
    #[command(flatten)]
    sessions: SessionSettings,
    #[command(flatten)]
    logins: LoginSettings,
    #[command(flatten)]
    limits: LimitSettings,
}

/// Where a node is.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkSettings {
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: String,
    /// One more address, for health and administration only.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin_listen: Option<String>,
    /// The node's name in the cluster; without it, the machine's name and the port.
    #[arg(long, value_name = "NAME", value_parser = node_name)]
    pub(crate) name: Option<String>,
    /// The group of nodes that this one belongs to, which `brooklet deploy --group` can give a version of its own.
    #[arg(long, value_name = "NAME", value_parser = node_name)]
    group: Option<String>,
    /// Where other nodes and the front reach this one; without it, what it listens on.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Where clients reach the application, for links and cookies; without it, what requests say.
    #[arg(long, value_name = "URL")]
    root_url: Option<RootUrl>,
    /// Networks of proxies whose X-Forwarded-For, -Proto, -Host and -Prefix (or Forwarded) are believed.
    #[arg(long, value_name = "NETWORK", value_delimiter = ',', value_parser = network)]
    trusted_proxy: Vec<IpNet>,
    /// Who may read the description of the interface.
    #[arg(long, value_enum, default_value_t = ApiDocsSetting::On)]
    api_docs: ApiDocsSetting,
    /// How long a node that is to stop is not ready but still serves.
    #[arg(long, value_name = "TIME", default_value_t = Time(HttpOptions::default().drain_delay))]
    drain_delay: Time,
    /// How long calls that are under way may take to end then.
    #[arg(long, value_name = "TIME", default_value_t = Time(HttpOptions::default().drain_time))]
    drain_time: Time,
}

/// Where a node keeps what it must not forget.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Stores")]
pub(crate) struct StoreSettings {
    /// The database: sqlite:FILE, sqlite::memory: or postgres://…. Without it, a file in the folder data.
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// A file that has the database's URL.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    store_file: Option<PathBuf>,
    /// Where sessions are: redis://…, sql for the database, or memory. Without it sql, and memory with sqlite::memory:.
    #[arg(long, value_name = "URL")]
    state: Option<String>,
    /// A file that has the URL for sessions.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    state_file: Option<PathBuf>,
    /// The folder for compiled code, which makes the next start quick.
    #[arg(long, value_name = "FOLDER", default_value = ".brooklet/cache")]
    pub(crate) cache: PathBuf,
}

/// Who may steer a node, and what it says.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Administration")]
struct AdministrationSettings {
    /// The secret of the administration's interface under /admin; without it there is none.
    #[arg(long, value_name = "TOKEN")]
    admin_token: Option<String>,
    /// A file that has that secret.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    admin_token_file: Option<PathBuf>,
    /// The first administrator's name.
    #[arg(long, value_name = "NAME")]
    admin_user: Option<String>,
    /// The first administrator's password.
    #[arg(long, value_name = "PASSWORD")]
    admin_password: Option<String>,
    /// A file that has that password.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    admin_password_file: Option<PathBuf>,
    /// What goes to the log: off, error, warn, info, debug, trace, or a filter such as info,microflow=trace.
    /// Without it what RUST_LOG says, and info.
    #[arg(long, value_name = "LEVEL")]
    log: Option<String>,
}

/// Who may read the description of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ApiDocsSetting {
    /// Everybody.
    On,
    /// Nobody.
    Off,
    /// Whoever reaches the administration's address.
    Admin,
}

/// The settings of a node, as they are meant.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    /// What the node is made of. Its name is for whoever knows the port.
    pub(crate) node: NodeOptions,
    /// How it speaks HTTP.
    pub(crate) http: HttpOptions,
}

impl NodeSettings {
    /// What goes to the log.
    pub(crate) fn log(&self) -> Option<&str> {
        self.administration.log.as_deref()
    }

    /// Reads files of secrets and fills in what follows from other settings. `model` is the first path of the model.
    pub(crate) fn resolve(&self, given: &Given, model: &Path) -> Result<Resolved, Usage> {
        let (stores, administration, network) = (&self.stores, &self.administration, &self.network);
        let store = secret::choose("store", stores.store.clone(), stores.store_file.as_deref(), given)?;
        let store = store.unwrap_or_else(|| default_store(model));
        let state = secret::choose("state", stores.state.clone(), stores.state_file.as_deref(), given)?;
        let state = state.unwrap_or_else(|| default_state(&store).to_owned());
        let token_file = administration.admin_token_file.as_deref();
        let token = secret::choose("admin-token", administration.admin_token.clone(), token_file, given)?;
        let admin_token = match token {
            Some(text) => Some(AdminToken::new(&text).ok_or_else(|| Usage("`admin-token` is blank".to_owned()))?),
            None => None,
        };
        Ok(Resolved {
            node: NodeOptions {
                store,
                state,
                limits: Limits { session: self.sessions.limits(), login: self.logins.limits(), ..self.limits.limits() },
                cache: Some(stores.cache.clone()),
                administrator: self.administrator(given)?,
                group: network.group.clone(),
                xpath: compiling::xpath,
                ..NodeOptions::default()
            },
            http: HttpOptions {
                trusted_proxies: network.trusted_proxy.clone(),
                root_url: network.root_url.clone(),
                api_docs: match network.api_docs {
                    ApiDocsSetting::On => ApiDocs::On,
                    ApiDocsSetting::Off => ApiDocs::Off,
                    ApiDocsSetting::Admin => ApiDocs::Admin,
                },
                admin_token,
                drain_delay: network.drain_delay.0,
                drain_time: network.drain_time.0,
            },
        })
    }

    /// The first administrator: name and password, or neither.
    fn administrator(&self, given: &Given) -> Result<Option<FirstAdministrator>, Usage> {
        let administration = &self.administration;
        let file = administration.admin_password_file.as_deref();
        let password = secret::choose("admin-password", administration.admin_password.clone(), file, given)?;
        match (administration.admin_user.clone(), password) {
            (Some(name), Some(password)) => Ok(Some(FirstAdministrator { name, password })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(Usage("`admin-user` needs `admin-password` or `admin-password-file`".to_owned())),
            (None, Some(_)) => Err(Usage("`admin-password` needs `admin-user`".to_owned())),
        }
    }
}

/// `sqlite:data/<name>.sqlite` under the current folder; the name is that of the model's folder or file.
fn default_store(model: &Path) -> String {
    let name = model.canonicalize().ok().and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
    format!("sqlite:data/{}.sqlite", name.unwrap_or_else(|| "model".to_owned()))
}

/// A database in memory is gone with the process, and so may be its sessions.
fn default_state(store: &str) -> &'static str {
    if store.starts_with("sqlite:") && store.contains(":memory:") { "memory" } else { "sql" }
}
