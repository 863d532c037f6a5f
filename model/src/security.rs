//! Who may do what.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Condition, EntityId};

/// Roles, users and rights of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Security {
    /// How much of it is enforced.
    #[serde(default)]
    pub level: SecurityLevel,
    /// Roles that modules declare.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub module_roles: Vec<ModuleRole>,
    /// Roles that users have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_roles: Vec<UserRole>,
    /// Users for development.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demo_users: Vec<DemoUser>,
    /// Whether the demo users can log in.
    #[serde(default)]
    pub demo_users_enabled: bool,
    /// The user role of those who are not logged in; none when everybody must log in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest_role: Option<String>,
    /// Rights on entities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access: Vec<AccessRule>,
}

impl Security {
    /// Whether all of these are user roles; otherwise what is wrong, in a sentence.
    pub fn check_user_roles(&self, names: &[String]) -> Result<(), String> {
        let is_unknown = |name: &&String| self.user_roles.iter().all(|role| role.name != **name);
        let Some(unknown) = names.iter().find(is_unknown) else { return Ok(()) };
        let known: Vec<_> = self.user_roles.iter().map(|role| role.name.as_str()).collect();
        Err(format!("the model has no user role `{unknown}`; it has {}", known.join(", ")))
    }

    /// Qualified names of the module roles that users with these user roles have; some may come twice.
    pub fn module_roles_of(&self, user_roles: &[String]) -> impl Iterator<Item = &str> {
        let held = self.user_roles.iter().filter(|role| user_roles.contains(&role.name));
        held.flat_map(|role| role.module_roles.iter().map(String::as_str))
    }
}

/// How much of the model's security is enforced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecurityLevel {
    /// Nothing: everybody may do everything.
    #[default]
    Off,
    /// Microflows and pages.
    Prototype,
    /// Microflows, pages and entities.
    Production,
}

impl fmt::Display for SecurityLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Prototype => "prototype",
            Self::Production => "production",
        })
    }
}

/// A role that a module declares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModuleRole {
    /// Qualified name, `Module.Role`.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// A role that users have: a set of module roles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserRole {
    /// Unqualified name.
    pub name: String,
    /// Qualified names of the module roles it brings.
    pub module_roles: Vec<String>,
    /// Whether its users may manage users of every role.
    #[serde(default)]
    pub manage_all_roles: bool,
}

/// A user for development.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DemoUser {
    /// Login name.
    pub name: String,
    /// Password, in plain text as in the model.
    pub password: String,
    /// Qualified name of the user's entity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// Names of its user roles.
    pub roles: Vec<String>,
}

/// What some module roles may do with the objects of an entity. Rules add up; they are not inherited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessRule {
    /// The entity.
    pub entity: EntityId,
    /// Qualified names of the module roles.
    pub roles: Vec<String>,
    /// May they create objects.
    #[serde(default)]
    pub create: bool,
    /// May they delete objects.
    #[serde(default)]
    pub delete: bool,
    /// Which members they may read.
    #[serde(default)]
    pub read: MemberAccess,
    /// Which members they may write.
    #[serde(default)]
    pub write: MemberAccess,
    /// The XPath constraint that limits the rule to some objects, as the model spells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    /// The constraint with its names resolved. It has no parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

/// A set of members.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemberAccess {
    /// None.
    #[default]
    None,
    /// All, later ones included.
    All,
    /// Those named: attributes by name, associations by qualified name.
    Some(Vec<String>),
}
