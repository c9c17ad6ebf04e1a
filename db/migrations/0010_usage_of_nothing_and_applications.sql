-- An event of 0 credits is recorded. The constraint is exchanged in place: a rebuild would copy the whole ledger.
ALTER TABLE `ledger_entries` DROP CONSTRAINT `ledger_entries_amount_positive`;--> statement-breakpoint
ALTER TABLE `ledger_entries` ADD CONSTRAINT `ledger_entries_amount` CHECK("amount" > 0 OR ("amount" = 0 AND 'consumed' IN ("debit_account", "credit_account")));--> statement-breakpoint
ALTER TABLE `applications` ADD `organization_id` integer REFERENCES organizations(id);--> statement-breakpoint
ALTER TABLE `applications` ADD `api_key_id` integer REFERENCES api_keys(id);--> statement-breakpoint
ALTER TABLE `applications` ADD `hidden_at` integer;--> statement-breakpoint
CREATE INDEX `applications_organization` ON `applications` (`organization_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `applications_api_key` ON `applications` (`api_key_id`,`created_at`);
