//! Logging in and out, and asking who one is: what is done with a session but for calling the model.

use std::sync::Arc;

use brooklet_model::{Microflow, MicroflowId};
use brooklet_state::SessionToken;

use super::{Failure, Maintenance, Node, permit::may_call};
use crate::{
    session::{Client, Visit, state_failure},
    users::{Door, Login},
    version::{Version, is_callable},
};

/// Who somebody is to a node.
#[derive(Clone, Debug)]
pub struct Who {
    /// The user's name; none for a visitor.
    pub user: Option<String>,
    /// The user's roles, or those of a visitor.
    pub roles: Vec<String>,
    /// The language tag, such as `en_US`.
    pub language: String,
    /// The session's token; none for a visitor without a session.
    pub token: Option<SessionToken>,
    /// The version of the model that serves.
    pub version: String,
    /// What holds at the moment, for whoever is held to it.
    pub maintenance: Option<Arc<Maintenance>>,
}

impl Node {
    /// Opens a session for a user. The failure is one and the same whatever is wrong.
    pub async fn login(&self, name: &str, password: &str, client: &Client) -> Result<Login, Failure> {
        let version = self.router().current()?.active.clone();
        let (store, sessions, clock) = (&self.store, &self.sessions, &self.clock);
        let door = Door {
            version: &version,
            store,
            sessions,
            clock,
            limits: &self.limits.login,
            gate: &self.logins,
            notices: &self.notices,
        };
        let login = self.dependencies.guard(door.login(name, password, client)).await;
        login.map_err(|failure| failure.within(version.hash()))
    }

    /// Ends the client's session, on all nodes at once. Without one, there is nothing to do.
    pub async fn logout(&self, client: &Client) -> Result<(), Failure> {
        if let Some(token) = &client.token
            && self
                .dependencies
                .guard(async { self.sessions.state().end(token.id()).await.map_err(state_failure) })
                .await?
        {
            tracing::info!(session = %token.id(), address = &*client.address, "a session was ended by its client");
        }
        Ok(())
    }

    /// Who the client is. Writes nothing.
    pub async fn who(&self, client: &Client) -> Result<Who, Failure> {
        let (version, visit) = self.dependencies.guard(self.arrive_client(client)).await?;
        Ok(self.who_is(&visit, version.hash()))
    }

    /// The microflows that the client may call, and the version that has them.
    pub(crate) async fn callable(&self, client: &Client) -> Result<(Arc<Version>, Vec<MicroflowId>), Failure> {
        let (version, visit) = self.dependencies.guard(self.arrive_client(client)).await?;
        let manifest = version.manifest();
        let numbers = (0..).map(MicroflowId).zip(&manifest.microflows);
        let may = |microflow: &Microflow| may_call(manifest, &visit, microflow).is_ok();
        let callable = numbers.filter(|(_, microflow)| is_callable(microflow.kind) && may(microflow));
        let callable = callable.map(|(id, _)| id).collect();
        Ok((version, callable))
    }

    /// Opens a session for a visitor. One who has a session keeps it: then there is no [`Login`].
    pub async fn visit(&self, client: &Client) -> Result<(Who, Option<Login>), Failure> {
        self.dependencies.guard(self.open_visit(client)).await
    }

    async fn open_visit(&self, client: &Client) -> Result<(Who, Option<Login>), Failure> {
        let (version, visit) = self.arrive_client(client).await?;
        if visit.is_stored() {
            return Ok((self.who_is(&visit, version.hash()), None));
        }
        self.notices.admit(visit.user_roles(), visit.is_administrator())?;
        self.sessions.admit(&visit, version.hash()).await?;
        let login = Login {
            token: visit.token().clone(),
            user: None,
            roles: visit.user_roles().to_vec(),
            expires_in: self.sessions.limits().timeout,
            version: version.hash().to_owned(),
        };
        let token = Some(login.token.clone());
        Ok((Who { token, ..self.who_is(&visit, version.hash()) }, Some(login)))
    }

    fn who_is(&self, visit: &Visit, version: &str) -> Who {
        Who {
            user: (!visit.is_anonymous()).then(|| visit.user_name().to_owned()),
            roles: visit.user_roles().to_vec(),
            language: visit.language().to_owned(),
            token: visit.is_stored().then(|| visit.token().clone()),
            version: version.to_owned(),
            maintenance: self.notices.of(visit.user_roles(), visit.is_administrator()),
        }
    }
}
