CREATE TABLE `deliveries` (
	`id` integer PRIMARY KEY NOT NULL,
	`event_id` integer NOT NULL,
	`endpoint_id` integer NOT NULL,
	`subject` text NOT NULL,
	`state` text NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`next_try_at` integer,
	`created_at` integer NOT NULL,
	`ended_at` integer,
	FOREIGN KEY (`event_id`) REFERENCES `outbox_events`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`endpoint_id`) REFERENCES `webhook_endpoints`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `deliveries_endpoint` ON `deliveries` (`endpoint_id`,`id`);--> statement-breakpoint
CREATE INDEX `deliveries_event` ON `deliveries` (`event_id`);--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`endpoint_id`,`next_try_at`) WHERE next_try_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `deliveries_in_order` ON `deliveries` (`endpoint_id`,`subject`,`id`) WHERE state = 'waiting';--> statement-breakpoint
CREATE TABLE `delivery_tries` (
	`id` integer PRIMARY KEY NOT NULL,
	`delivery_id` integer NOT NULL,
	`at` integer NOT NULL,
	`duration_ms` integer NOT NULL,
	`status` integer,
	`error` text,
	`answer` text,
	FOREIGN KEY (`delivery_id`) REFERENCES `deliveries`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `delivery_tries_delivery` ON `delivery_tries` (`delivery_id`,`id`);--> statement-breakpoint
CREATE TABLE `mail_items` (
	`id` integer PRIMARY KEY NOT NULL,
	`portal_user_id` integer NOT NULL,
	`event_id` integer NOT NULL,
	`mail_id` integer,
	FOREIGN KEY (`portal_user_id`) REFERENCES `portal_users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`event_id`) REFERENCES `outbox_events`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`mail_id`) REFERENCES `mails`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `mail_items_waiting` ON `mail_items` (`portal_user_id`,`id`) WHERE mail_id IS NULL;--> statement-breakpoint
CREATE INDEX `mail_items_mail` ON `mail_items` (`mail_id`,`id`);--> statement-breakpoint
CREATE INDEX `mail_items_event` ON `mail_items` (`event_id`);--> statement-breakpoint
CREATE TABLE `mail_recipients` (
	`portal_user_id` integer PRIMARY KEY NOT NULL,
	`events` text NOT NULL,
	`frequency` text NOT NULL,
	FOREIGN KEY (`portal_user_id`) REFERENCES `portal_users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `mails` (
	`id` integer PRIMARY KEY NOT NULL,
	`message_id` text NOT NULL,
	`portal_user_id` integer NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`next_try_at` integer,
	`created_at` integer NOT NULL,
	`ended_at` integer,
	`error` text,
	FOREIGN KEY (`portal_user_id`) REFERENCES `portal_users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `mails_due` ON `mails` (`next_try_at`) WHERE next_try_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `mails_recipient` ON `mails` (`portal_user_id`,`kind`,`created_at`);--> statement-breakpoint
CREATE TABLE `outbox_events` (
	`id` integer PRIMARY KEY NOT NULL,
	`event_id` text NOT NULL,
	`type` text NOT NULL,
	`subject` text NOT NULL,
	`organization_id` integer,
	`data` text NOT NULL,
	`created_at` integer NOT NULL,
	`dispatched_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `outbox_events_event_id` ON `outbox_events` (`event_id`);--> statement-breakpoint
CREATE INDEX `outbox_events_waiting` ON `outbox_events` (`id`) WHERE dispatched_at IS NULL;--> statement-breakpoint
CREATE TABLE `scheduled_jobs` (
	`name` text PRIMARY KEY NOT NULL,
	`last_run_at` integer,
	`last_error` text
);
--> statement-breakpoint
CREATE TABLE `webhook_endpoints` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`url_sealed` text NOT NULL,
	`url_shown` text NOT NULL,
	`events` text NOT NULL,
	`secret_sealed` text,
	`previous_secret_sealed` text,
	`previous_secret_until` integer,
	`state` text DEFAULT 'active' NOT NULL,
	`state_reason` text,
	`owner_id` integer,
	`created_at` integer NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`failing_since` integer,
	`retry_at` integer,
	`last_success_at` integer,
	FOREIGN KEY (`owner_id`) REFERENCES `portal_users`(`id`) ON UPDATE no action ON DELETE set null
);
