CREATE TABLE `refusals` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`last_at` integer NOT NULL,
	`organization_id` integer,
	`organization_text` text NOT NULL,
	`member_id` integer,
	`member_email` text NOT NULL,
	`member_key` text NOT NULL,
	`application` text NOT NULL,
	`application_key` text NOT NULL,
	`api_key_id` integer,
	`request` text NOT NULL,
	`code` text NOT NULL,
	`requests` integer NOT NULL,
	`amount` integer NOT NULL,
	`remaining` integer,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`member_id`) REFERENCES `members`(`id`) ON UPDATE no action ON DELETE set null,
	FOREIGN KEY (`api_key_id`) REFERENCES `api_keys`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
CREATE INDEX `refusals_at` ON `refusals` (`at`);--> statement-breakpoint
CREATE INDEX `refusals_organization` ON `refusals` (`organization_id`,`at`);--> statement-breakpoint
CREATE INDEX `refusals_member` ON `refusals` (`member_id`,`at`) WHERE member_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `refusals_unknown_member` ON `refusals` (`member_key`,`at`) WHERE member_id IS NULL;--> statement-breakpoint
CREATE INDEX `refusals_application` ON `refusals` (`application_key`,`at`);--> statement-breakpoint
CREATE INDEX `refusals_api_key` ON `refusals` (`api_key_id`,`at`);--> statement-breakpoint
CREATE INDEX `refusals_code` ON `refusals` (`code`,`at`);--> statement-breakpoint
ALTER TABLE `settings` ADD `refusal_days` integer DEFAULT 90 NOT NULL;