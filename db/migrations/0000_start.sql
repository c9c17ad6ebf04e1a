CREATE TABLE `audit_entries` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`actor_kind` text NOT NULL,
	`actor_id` integer,
	`actor_label` text NOT NULL,
	`address` text,
	`action` text NOT NULL,
	`subject_kind` text NOT NULL,
	`subject_id` integer,
	`subject_label` text NOT NULL,
	`before` text,
	`after` text,
	`previous_hash` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_entries_at` ON `audit_entries` (`at`);--> statement-breakpoint
CREATE INDEX `audit_entries_subject` ON `audit_entries` (`subject_kind`,`subject_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_actor` ON `audit_entries` (`actor_kind`,`actor_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_action` ON `audit_entries` (`action`,`id`);--> statement-breakpoint
CREATE TABLE `credit_types` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`name_key` text NOT NULL,
	`currency` text NOT NULL,
	`exchange_rate` integer NOT NULL,
	`archived_at` integer,
	`created_at` integer NOT NULL,
	`organizations` integer DEFAULT 0 NOT NULL,
	`active_organizations` integer DEFAULT 0 NOT NULL,
	`members` integer DEFAULT 0 NOT NULL,
	`balance` integer DEFAULT 0 NOT NULL,
	`available` integer DEFAULT 0 NOT NULL,
	`total_purchased` integer DEFAULT 0 NOT NULL,
	`total_spent` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `credit_types_name_key` ON `credit_types` (`name_key`);--> statement-breakpoint
CREATE TABLE `imports` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`file_name` text NOT NULL,
	`byte_length` integer NOT NULL,
	`status` text NOT NULL,
	`report` text,
	`error` text,
	`portal_user_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	`finished_at` integer,
	FOREIGN KEY (`portal_user_id`) REFERENCES `portal_users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `imports_created_at` ON `imports` (`created_at`);--> statement-breakpoint
CREATE TABLE `organizations` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`code` text NOT NULL,
	`code_key` text NOT NULL,
	`credit_type_id` integer NOT NULL,
	`active` integer NOT NULL,
	`created_at` integer NOT NULL,
	`monthly_allowance` integer,
	`credits_moved` integer DEFAULT false NOT NULL,
	`members` integer DEFAULT 0 NOT NULL,
	`balance` integer DEFAULT 0 NOT NULL,
	`spent` integer DEFAULT 0 NOT NULL,
	`name_key` text NOT NULL,
	`search_text` text NOT NULL,
	FOREIGN KEY (`credit_type_id`) REFERENCES `credit_types`(`id`) ON UPDATE no action ON DELETE restrict,
	CONSTRAINT "organizations_balance_not_negative" CHECK("organizations"."balance" >= 0),
	CONSTRAINT "organizations_monthly_allowance_not_negative" CHECK("organizations"."monthly_allowance" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `organizations_code_key` ON `organizations` (`code_key`);--> statement-breakpoint
CREATE INDEX `organizations_created` ON `organizations` (`created_at`,`id`,`active`,`credit_type_id`);--> statement-breakpoint
CREATE INDEX `organizations_created_desc` ON `organizations` (created_at DESC,`id`,`active`,`credit_type_id`);--> statement-breakpoint
CREATE INDEX `organizations_name` ON `organizations` (`name_key`,`id`,`active`,`credit_type_id`);--> statement-breakpoint
CREATE INDEX `organizations_members` ON `organizations` (`members`,`id`,`active`,`credit_type_id`);--> statement-breakpoint
CREATE INDEX `organizations_balance` ON `organizations` (`balance`,`id`,`active`,`credit_type_id`);--> statement-breakpoint
CREATE INDEX `organizations_spent` ON `organizations` (`spent`,`id`,`active`,`credit_type_id`);--> statement-breakpoint
CREATE TABLE `portal_sessions` (
	`id_hash` text PRIMARY KEY NOT NULL,
	`portal_user_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`address` text,
	FOREIGN KEY (`portal_user_id`) REFERENCES `portal_users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `portal_sessions_portal_user_id` ON `portal_sessions` (`portal_user_id`);--> statement-breakpoint
CREATE INDEX `portal_sessions_expires_at` ON `portal_sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `portal_user_links` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`portal_user_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`portal_user_id`) REFERENCES `portal_users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `portal_user_links_portal_user_id` ON `portal_user_links` (`portal_user_id`);--> statement-breakpoint
CREATE TABLE `portal_users` (
	`id` integer PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`email_key` text NOT NULL,
	`role` text NOT NULL,
	`password_hash` text,
	`disabled_at` integer,
	`last_sign_in_at` integer,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `portal_users_email_key` ON `portal_users` (`email_key`);--> statement-breakpoint
CREATE TABLE `settings` (
	`id` integer PRIMARY KEY NOT NULL,
	`enterprise_name` text NOT NULL,
	`time_zone` text NOT NULL,
	`date_format` text NOT NULL,
	`setup_code_hash` text,
	`updated_at` integer NOT NULL
);
