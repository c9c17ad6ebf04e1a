CREATE TABLE `exchange_rates` (
	`id` integer PRIMARY KEY NOT NULL,
	`credit_type_id` integer NOT NULL,
	`from_at` integer NOT NULL,
	`rate` integer NOT NULL,
	FOREIGN KEY (`credit_type_id`) REFERENCES `credit_types`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
CREATE INDEX `exchange_rates_credit_type` ON `exchange_rates` (`credit_type_id`,`from_at`);--> statement-breakpoint
CREATE TABLE `purchase_details` (
	`entry_id` integer PRIMARY KEY NOT NULL,
	`day` integer,
	`paid` integer,
	`invoice_number` text,
	FOREIGN KEY (`entry_id`) REFERENCES `ledger_entries`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
INSERT INTO `exchange_rates` (credit_type_id, from_at, rate)
SELECT subject_id, at, CASE dot
	WHEN 0 THEN CAST(rate AS INTEGER) * 1000000
	ELSE CAST(substr(rate, 1, dot - 1) AS INTEGER) * 1000000 + CAST(substr(substr(rate, dot + 1) || '000000', 1, 6) AS INTEGER) END
FROM (SELECT id, subject_id, at, after ->> '$.exchangeRate' AS rate, instr(after ->> '$.exchangeRate', '.') AS dot
	FROM audit_entries WHERE subject_kind = 'credit_type' AND json_valid(after))
WHERE rate IS NOT NULL AND subject_id IN (SELECT id FROM credit_types) ORDER BY id;
--> statement-breakpoint
INSERT INTO `exchange_rates` (credit_type_id, from_at, rate)
SELECT id, created_at, exchange_rate FROM credit_types
WHERE id NOT IN (SELECT credit_type_id FROM exchange_rates) ORDER BY id;
--> statement-breakpoint
CREATE TRIGGER `exchange_rates_no_update` BEFORE UPDATE ON `exchange_rates` BEGIN
	SELECT RAISE(ABORT, 'exchange_rates is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `exchange_rates_no_delete` BEFORE DELETE ON `exchange_rates` BEGIN
	SELECT RAISE(ABORT, 'exchange_rates is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `purchase_details_no_update` BEFORE UPDATE ON `purchase_details` BEGIN
	SELECT RAISE(ABORT, 'purchase_details is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `purchase_details_no_delete` BEFORE DELETE ON `purchase_details` BEGIN
	SELECT RAISE(ABORT, 'purchase_details is append-only');
END;
