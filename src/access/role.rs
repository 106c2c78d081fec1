//! What a login may do: the roles of the portal, each with its powers and no others.

use std::fmt;

/// What a login is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// The partner's own systems: they do what its profile allows.
    Partner,
    /// Senior access administrator: one for each NPI.
    Senior,
    /// Access administrator.
    Administrator,
    /// Authorized user.
    User,
}

/// What somebody wants to do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// Make, change, lock, unlock or remove a login of this role, and renew its secrets.
    Manage(Role),
    /// Grant an authorized user access to transactions for an NPI, or take it back.
    Grant,
    /// Confirm a facility's entry in the provider directory.
    AttestDirectory,
    /// Send transactions and be answered.
    UseTransactions,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 4] = [Role::Partner, Role::Senior, Role::Administrator, Role::User];

    /// Its name in the store and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Role::Partner => "partner",
            Role::Senior => "senior",
            Role::Administrator => "administrator",
            Role::User => "user",
        }
    }

    /// The role of this name.
    pub fn of(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// True when the role has the power. For whom, the NPI decides as well.
    pub fn may(self, action: Action) -> bool {
        match action {
            Action::Manage(Role::Partner | Role::Senior) => false,
            Action::Manage(Role::Administrator) | Action::AttestDirectory => self == Role::Senior,
            Action::Manage(Role::User) | Action::Grant => {
                matches!(self, Role::Senior | Role::Administrator)
            }
            Action::UseTransactions => matches!(self, Role::Partner | Role::User),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_its_powers_and_no_others() {
        let actions = [
            Action::Manage(Role::Partner),
            Action::Manage(Role::Senior),
            Action::Manage(Role::Administrator),
            Action::Manage(Role::User),
            Action::Grant,
            Action::AttestDirectory,
            Action::UseTransactions,
        ];
        // One row for each role, one mark for each action.
        for (role, powers) in [
            (Role::Partner, "......x"),
            (Role::Senior, "..xxxx."),
            (Role::Administrator, "...xx.."),
            (Role::User, "......x"),
        ] {
            let marks = actions.map(|action| if role.may(action) { 'x' } else { '.' });
            assert_eq!(marks.into_iter().collect::<String>(), powers, "{role}");
            assert_eq!(Role::of(role.name()), Some(role));
        }
        assert_eq!(Role::of("root"), None);
    }
}
