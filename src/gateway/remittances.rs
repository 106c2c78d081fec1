//! The 835s that the sandbox sends: each in an interchange of its own, addressed as the replies to the claims were.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::error::ServiceError;
use super::gateway::Gateway;
use crate::answer::sandbox::{
    self, Destination, Rules, SandboxError, SandboxPayment, SandboxRun, WHO,
};
use crate::partner::Partner;
use crate::phi::redacted;
use crate::store::{
    Actor, ClaimKey, ClaimScope, ClaimVersion, Remittance, RemittanceKey, StoreError,
};
use crate::txn::envelope::{GroupForm, Party, write_ge, write_iea};
use crate::txn::remittance::{GUIDE, RemittanceAdvice};

/// The group of an 835.
const GROUP: GroupForm = GroupForm { functional: "HP", version: GUIDE };

/// An 835 in its interchange.
pub struct OutboundRemittance {
    /// TRN02, which no other has.
    pub trace: Box<str>,
    /// Key of the partner that is sent it.
    pub partner: Box<str>,
    /// Who is paid.
    pub payee: Box<str>,
    /// What is paid.
    pub amount: Decimal,
    /// Claims in it, reversals included.
    pub claims: usize,
    /// The interchange.
    pub bytes: Vec<u8>,
}

redacted!(OutboundRemittance { trace, partner, claims });

/// What the sandbox has decided and not entered yet.
#[derive(Debug)]
pub struct Adjudication {
    /// The 835s.
    pub remittances: Vec<OutboundRemittance>,
    /// Claims that were paid or denied.
    pub decided: usize,
    /// Claims that wait by a rule.
    pub pended: usize,
    /// Voids of claims that were not decided.
    pub voided: usize,
    /// Claims that could not be decided.
    pub left: usize,
    /// The last claim that was looked at; none when there are no more.
    pub after: Option<Box<str>>,
    run: SandboxRun,
}

/// Why an 835 could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RemittanceError {
    /// The sandbox could not decide.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// An interchange could not be written.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl From<StoreError> for RemittanceError {
    fn from(error: StoreError) -> Self {
        RemittanceError::Service(error.into())
    }
}

impl From<crate::wire::EmitError> for RemittanceError {
    fn from(error: crate::wire::EmitError) -> Self {
        RemittanceError::Service(error.into())
    }
}

impl Gateway {
    /// Decides claims that wait, those after the one with the number `after`, by the rules of a sandbox. Nothing is entered
    /// before [`Gateway::enter`].
    ///
    /// # Errors
    /// The store failed, or an 835 cannot be written.
    pub async fn adjudicate(
        &self,
        rules: &Rules,
        after: Option<&str>,
    ) -> Result<Adjudication, RemittanceError> {
        let mut run = sandbox::run(rules, self.stores(), self.now().1.date(), after).await?;
        let mut remittances = Vec::with_capacity(run.payments.len());
        for SandboxPayment { destination, advice } in std::mem::take(&mut run.payments) {
            remittances.push(self.outbound(&destination, &advice).await?);
        }
        Ok(Adjudication {
            remittances,
            decided: run.decided,
            pended: run.pended,
            voided: run.voided,
            left: run.left,
            after: run.after.take(),
            run,
        })
    }

    /// Enters what was decided: all of it or nothing.
    ///
    /// # Errors
    /// The store failed, or has other advice with one of these numbers.
    pub async fn enter(&self, adjudication: Adjudication) -> Result<(), StoreError> {
        let entries = adjudication.run.entries;
        if entries.is_empty() {
            return Ok(());
        }
        let at_micros = (self.now().0.unix_timestamp_nanos() / 1000) as i64;
        self.stores().claims.enter(entries, &Actor { who: WHO.into(), at_micros }).await
    }

    /// Whether the advice with this number was entered.
    ///
    /// # Errors
    /// The store failed.
    pub async fn is_entered(&self, rules: &Rules, trace: &str) -> Result<bool, StoreError> {
        let key = RemittanceKey { payer: rules.company().into(), trace: trace.into() };
        Ok(self.stores().claims.remittances(&[key]).await?.iter().any(Option::is_some))
    }

    /// The 835s of a claim, or the one with this check, transfer or advice number, again. Their sets are those that were sent; their
    /// interchanges are new ones.
    ///
    /// # Errors
    /// The store failed, or an interchange cannot be written.
    pub async fn remittances_again(
        &self,
        rules: &Rules,
        number: &str,
    ) -> Result<Vec<OutboundRemittance>, RemittanceError> {
        let claims = &self.stores().claims;
        let mut keys = vec![RemittanceKey { payer: rules.company().into(), trace: number.into() }];
        let histories = claims.histories(&[number.into()]).await?;
        let payments = histories.into_iter().flatten().flat_map(|history| history.payments);
        for payment in payments.filter(|payment| &*payment.claim == number) {
            if !keys.contains(&payment.remittance) {
                keys.push(payment.remittance);
            }
        }
        let mut again = Vec::new();
        for remittance in claims.remittances(&keys).await?.into_iter().flatten() {
            let Some(advice) = RemittanceAdvice::read_text(&remittance.text, self.registry())
            else {
                continue;
            };
            if let Some(version) = self.first_claim(&remittance).await? {
                let destination = sandbox::destination(self.stores(), &version).await?;
                again.push(self.outbound(&destination, &advice).await?);
            }
        }
        Ok(again)
    }

    /// A claim that an advice of ours speaks of; its latest version is addressed as the advice was.
    async fn first_claim(
        &self,
        remittance: &Remittance,
    ) -> Result<Option<ClaimVersion>, StoreError> {
        let numbers = sandbox::claim_numbers(&remittance.text);
        let keys: Vec<ClaimKey> = numbers.into_iter().take(1).map(ClaimKey::Number).collect();
        let found = self.stores().claims.find(&keys, ClaimScope::default()).await?;
        Ok(found.into_iter().flatten().next())
    }

    async fn outbound(
        &self,
        destination: &Destination,
        advice: &RemittanceAdvice,
    ) -> Result<OutboundRemittance, RemittanceError> {
        let reference = self.reference();
        let known = reference.partners.partners().iter();
        let partner = known.clone().find(|partner| *partner.id == *destination.partner).cloned();
        let partner = partner.unwrap_or_else(|| Arc::new(Partner::stranger(self.config())));
        let (sender, receiver) = parties(destination, &partner);
        let envelope = self.envelope_back(&sender, &receiver, destination.test, &partner);
        let isa = self.next_control(&envelope.receiver, "isa", None).await?;
        let gs = self.next_control(&envelope.receiver, "gs", None).await?;
        let mut out = envelope.emitter();
        envelope.isa(&mut out, isa)?;
        envelope.reply_gs(&mut out, GROUP, ("", ""), gs)?;
        advice.write(&mut out)?;
        write_ge(&mut out, 1, gs)?;
        write_iea(&mut out, 1, isa)?;
        Ok(OutboundRemittance {
            trace: advice.trace.number.clone(),
            partner: destination.partner.clone(),
            payee: advice.payee.name.clone(),
            amount: advice.payment.amount,
            claims: advice.claims().count(),
            bytes: out.into_bytes(),
        })
    }
}

/// Sender and receiver of the interchange that the advice replies to: those of the claims, or those the partner could have sent.
fn parties(destination: &Destination, partner: &Partner) -> (Party, Party) {
    let party = |text: &str| {
        let (qualifier, id) = text.split_once(':').unwrap_or_default();
        Party { qualifier: qualifier.into(), id: id.into() }
    };
    let sender = match partner.isa.first() {
        Some(isa) if destination.sender.is_empty() => {
            Party { qualifier: isa.qualifier.clone(), id: isa.id.clone() }
        }
        _ => party(&destination.sender),
    };
    (sender, party(&destination.receiver))
}
