CREATE TABLE `member_aliases` (
	`id` integer PRIMARY KEY NOT NULL,
	`member_id` integer NOT NULL,
	`email` text NOT NULL,
	`email_key` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`member_id`) REFERENCES `members`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
CREATE UNIQUE INDEX `member_aliases_email_key` ON `member_aliases` (`email_key`);--> statement-breakpoint
CREATE INDEX `member_aliases_member` ON `member_aliases` (`member_id`);