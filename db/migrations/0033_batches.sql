CREATE TABLE `batches` (
	`id` integer PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`created_at` integer NOT NULL,
	`request_id` text NOT NULL,
	`request_hash` blob NOT NULL,
	`first_audit_id` integer NOT NULL,
	`last_audit_id` integer NOT NULL,
	`first_entry_id` integer,
	`last_entry_id` integer,
	`reverses_id` integer,
	FOREIGN KEY (`reverses_id`) REFERENCES `batches`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
CREATE UNIQUE INDEX `batches_request_id` ON `batches` (`request_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `batches_reverses` ON `batches` (`reverses_id`) WHERE reverses_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `batches_last_audit` ON `batches` (`last_audit_id`);--> statement-breakpoint
CREATE INDEX `batches_last_entry` ON `batches` (`last_entry_id`) WHERE last_entry_id IS NOT NULL;
--> statement-breakpoint
CREATE TRIGGER `batches_no_update` BEFORE UPDATE ON `batches` BEGIN
	SELECT RAISE(ABORT, 'batches is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `batches_no_delete` BEFORE DELETE ON `batches` BEGIN
	SELECT RAISE(ABORT, 'batches is append-only');
END;
