//! What is answered: one folder for each transaction that has an answer of ours. How an interchange is conducted is
//! [`crate::gateway`].

pub mod eligibility;
