CREATE TABLE `ledger_chain` (
	`last_id` integer PRIMARY KEY NOT NULL,
	`hash` blob NOT NULL
);
--> statement-breakpoint
INSERT INTO `ledger_chain` (last_id, hash)
SELECT max(id), ledger_chain_hash(id, kind, debit_account, credit_account, amount, credit_type_id, organization_id, membership_id, application_id, reverses_id, occurred_at, day, recorded_at, balance_after, month_spent_after, allowance_then, api_key_id, request_hash, external_id, source, metadata, note)
FROM ledger_entries NOT INDEXED HAVING count(*) > 0;
--> statement-breakpoint
CREATE TRIGGER `ledger_chain_no_update` BEFORE UPDATE ON `ledger_chain` BEGIN
	SELECT RAISE(ABORT, 'ledger_chain is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `ledger_chain_no_delete` BEFORE DELETE ON `ledger_chain` BEGIN
	SELECT RAISE(ABORT, 'ledger_chain is append-only');
END;
