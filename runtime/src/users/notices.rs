//! What whoever starts a node must hear about the model's security.

use brooklet_model::{Security, SecurityLevel};

/// A thing to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Whether it should not be so where others can reach the node.
    pub(crate) is_warning: bool,
    pub(crate) text: String,
}

/// What there is to know. `is_reachable` from other machines.
pub(crate) fn notices(security: &Security, is_reachable: bool) -> Vec<Notice> {
    let level = match security.level {
        SecurityLevel::Off => {
            let text =
                "the model's security is OFF: whoever reaches this node may call every microflow and see all data";
            Notice { is_warning: true, text: text.to_owned() }
        }
        SecurityLevel::Prototype => {
            let text =
                "the model's security is prototype: rights on microflows are enforced, those on entities are not";
            Notice { is_warning: is_reachable, text: text.to_owned() }
        }
        SecurityLevel::Production => {
            let text = "the model's security is production: rights on microflows and entities are enforced";
            Notice { is_warning: false, text: text.to_owned() }
        }
    };
    let has_demo_users = security.demo_users_enabled && !security.demo_users.is_empty();
    let demo_users = (has_demo_users && security.level != SecurityLevel::Off && is_reachable).then(|| {
        let names: Vec<_> = security.demo_users.iter().map(|user| user.name.as_str()).collect();
        let text = format!(
            "other machines can reach this node, and its demo users can log in with the passwords in the model: {}",
            names.join(", ")
        );
        Notice { is_warning: true, text }
    });
    [level].into_iter().chain(demo_users).collect()
}

#[cfg(test)]
mod tests {
    use brooklet_model::DemoUser;

    use super::*;

    fn warnings(level: SecurityLevel, demo_users_enabled: bool, is_reachable: bool) -> Vec<String> {
        let demo = DemoUser { name: "demo".to_owned(), password: "secret".to_owned(), entity: None, roles: Vec::new() };
        let security = Security { level, demo_users: vec![demo], demo_users_enabled, ..Security::default() };
        let notices = notices(&security, is_reachable).into_iter();
        notices.filter(|notice| notice.is_warning).map(|notice| notice.text).collect()
    }

    #[test]
    fn security_that_is_off_is_always_said_and_demo_users_where_others_can_reach_them() {
        let off = warnings(SecurityLevel::Off, true, false);
        assert!(off.len() == 1 && off[0].contains("OFF"), "{off:?}");
        assert_eq!(warnings(SecurityLevel::Production, true, false), Vec::<String>::new());
        assert_eq!(warnings(SecurityLevel::Production, false, true), Vec::<String>::new());
        let demo = warnings(SecurityLevel::Production, true, true);
        assert!(demo.len() == 1 && demo[0].ends_with("in the model: demo") && !demo[0].contains("secret"), "{demo:?}");
    }
}
