CREATE TABLE `audit_end` (
	`id` integer PRIMARY KEY NOT NULL,
	`last_id` integer NOT NULL,
	`last_hash` text NOT NULL
);
--> statement-breakpoint
INSERT INTO `audit_end` (id, last_id, last_hash)
SELECT 1, coalesce(max(id), 0), coalesce((SELECT hash FROM audit_entries ORDER BY id DESC LIMIT 1), '0000000000000000000000000000000000000000000000000000000000000000') FROM audit_entries;
--> statement-breakpoint
CREATE TRIGGER `audit_end_never_deleted` BEFORE DELETE ON `audit_end` BEGIN
	SELECT RAISE(ABORT, 'audit_end is never deleted');
END;
