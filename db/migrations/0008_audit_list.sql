DROP INDEX `audit_entries_subject`;--> statement-breakpoint
DROP INDEX `audit_entries_actor`;--> statement-breakpoint
DROP INDEX `audit_entries_action`;--> statement-breakpoint
CREATE INDEX `audit_entries_subject_kind` ON `audit_entries` (`subject_kind`,`at`);--> statement-breakpoint
CREATE INDEX `audit_entries_subject_label` ON `audit_entries` (subject_label COLLATE NOCASE,`at`);--> statement-breakpoint
CREATE INDEX `audit_entries_subject` ON `audit_entries` (`subject_kind`,`subject_id`,`at`);--> statement-breakpoint
CREATE INDEX `audit_entries_actor` ON `audit_entries` (`actor_kind`,`actor_id`,`at`);--> statement-breakpoint
CREATE INDEX `audit_entries_action` ON `audit_entries` (`action`,`at`);