CREATE TABLE `portal_user_identities` (
	`id` integer PRIMARY KEY NOT NULL,
	`portal_user_id` integer NOT NULL,
	`issuer` text NOT NULL,
	`subject` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`portal_user_id`) REFERENCES `portal_users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `portal_user_identities_issuer_subject` ON `portal_user_identities` (`issuer`,`subject`);--> statement-breakpoint
CREATE UNIQUE INDEX `portal_user_identities_portal_user_id` ON `portal_user_identities` (`portal_user_id`);--> statement-breakpoint
ALTER TABLE `portal_sessions` ADD `identity_id` integer REFERENCES portal_user_identities(id) ON DELETE CASCADE;--> statement-breakpoint
CREATE INDEX `portal_sessions_identity_id` ON `portal_sessions` (`identity_id`);