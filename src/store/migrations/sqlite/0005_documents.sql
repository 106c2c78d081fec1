-- Documents about claims by the hash of their bytes: what the archive must keep.
CREATE INDEX ledger_entry_document ON ledger_entry (json_extract(body, '$.hash')) WHERE kind = 'attachment';
