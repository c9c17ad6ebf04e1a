ALTER TABLE `portal_sessions` ADD `user_agent` text;--> statement-breakpoint
ALTER TABLE `portal_sessions` ADD `last_used_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
-- The last use of sessions that had begun before is not known. Their sign-in was one.
UPDATE `portal_sessions` SET `last_used_at` = `created_at`;--> statement-breakpoint
ALTER TABLE `settings` ADD `session_minutes` integer DEFAULT 20160 NOT NULL;--> statement-breakpoint
ALTER TABLE `settings` ADD `session_idle_minutes` integer;