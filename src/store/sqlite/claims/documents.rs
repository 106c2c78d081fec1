//! Documents and the claims that announce them find each other at a commit, whichever came first.

use sqlx::sqlite::SqliteConnection;

use crate::store::{LedgerEntry, Result, may_be_same_member};

use super::super::database_error;
use super::commit::Unit;
use super::{CORRUPT, ENTERING, sql};

/// A document without a claim, and a claim that announces it: the row of the document, the member id that came with it (empty
/// for none), the number of the claim, and its member id.
type Pair = (i64, String, String, String);

/// Links the documents that these units bring, and those that wait for the claims they bring. Provider, account and control
/// number are equal in each pair; the member must agree too, where the document names one: what another patient's claim
/// announces stays without a claim.
pub(super) async fn link(connection: &mut SqliteConnection, units: &[&Unit<'_>]) -> Result<()> {
    let of = |is: fn(&LedgerEntry) -> bool| {
        let units = units.iter().filter(move |unit| unit.staged > 0 || unit.held.iter().any(is));
        units.map(|unit| unit.number).collect::<Vec<i64>>()
    };
    let with_documents = of(|entry| matches!(entry, LedgerEntry::Attachment(_)));
    let announcing =
        of(|entry| matches!(entry, LedgerEntry::Claim(claim) if !claim.announced.is_empty()));
    for (numbers, statement) in
        [(with_documents, sql::NEW_DOCUMENTS), (announcing, sql::WAITING_DOCUMENTS)]
    {
        if !numbers.is_empty() {
            let pairs: Vec<Pair> = sqlx::query_as(statement)
                .bind(serde_json::to_string(&numbers).map_err(|_| CORRUPT)?)
                .fetch_all(&mut *connection)
                .await
                .map_err(database_error(ENTERING))?;
            write(connection, &pairs).await?;
        }
    }
    Ok(())
}

/// Links each document with the first of its claims, which is the newest, whose member agrees.
async fn write(connection: &mut SqliteConnection, pairs: &[Pair]) -> Result<()> {
    let mut links: Vec<(i64, &str)> = Vec::new();
    for (document, sent, claim, member) in pairs {
        let is_linked = links.last().is_some_and(|(linked, _)| linked == document);
        if !is_linked && (sent.is_empty() || may_be_same_member(sent, member)) {
            links.push((*document, claim));
        }
    }
    if links.is_empty() {
        return Ok(());
    }
    sqlx::query(sql::LINK_DOCUMENTS)
        .bind(serde_json::to_string(&links).map_err(|_| CORRUPT)?)
        .execute(connection)
        .await
        .map_err(database_error(ENTERING))?;
    Ok(())
}
