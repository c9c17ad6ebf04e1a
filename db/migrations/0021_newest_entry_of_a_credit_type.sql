ALTER TABLE `credit_types` ADD `last_entry_id` integer;--> statement-breakpoint
UPDATE `credit_types` SET `last_entry_id` = (SELECT max(id) FROM ledger_entries WHERE credit_type_id = credit_types.id);--> statement-breakpoint
CREATE INDEX `credit_type_days_application` ON `credit_type_days` (`application_id`,`day`,`credit_type_id`,`spent`);
