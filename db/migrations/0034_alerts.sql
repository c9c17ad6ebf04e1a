CREATE TABLE `alert_mutes` (
	`portal_user_id` integer NOT NULL,
	`rule_id` integer NOT NULL,
	PRIMARY KEY(`portal_user_id`, `rule_id`),
	FOREIGN KEY (`portal_user_id`) REFERENCES `portal_users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`rule_id`) REFERENCES `alert_rules`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `alert_mutes_rule` ON `alert_mutes` (`rule_id`);--> statement-breakpoint
CREATE TABLE `alert_rules` (
	`id` integer PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`threshold` integer NOT NULL,
	`organization_id` integer,
	`tag` text,
	`enabled` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE restrict,
	CONSTRAINT "alert_rules_one_scope" CHECK("alert_rules"."organization_id" IS NULL OR "alert_rules"."tag" IS NULL),
	CONSTRAINT "alert_rules_threshold_not_negative" CHECK("alert_rules"."threshold" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `alert_rules_once` ON `alert_rules` (`kind`,`threshold`,coalesce(organization_id, 0),coalesce(tag, ''));--> statement-breakpoint
CREATE INDEX `alert_rules_organization` ON `alert_rules` (`organization_id`) WHERE organization_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `alert_rules_tag` ON `alert_rules` (`tag`) WHERE tag IS NOT NULL;--> statement-breakpoint
CREATE TABLE `alert_state` (
	`id` integer PRIMARY KEY NOT NULL,
	`version` integer NOT NULL,
	`allowance_shares` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `alerts` (
	`id` integer PRIMARY KEY NOT NULL,
	`rule_id` integer,
	`kind` text NOT NULL,
	`threshold` integer NOT NULL,
	`subject_kind` text NOT NULL,
	`subject_id` integer NOT NULL,
	`organization_id` integer,
	`period` integer NOT NULL,
	`state` text NOT NULL,
	`value` integer NOT NULL,
	`limit_value` integer,
	`base` integer,
	`opened_at` integer NOT NULL,
	`announced` integer NOT NULL,
	`acknowledged_at` integer,
	`acknowledged_by` text,
	`resolved_at` integer,
	`resolution` text,
	FOREIGN KEY (`rule_id`) REFERENCES `alert_rules`(`id`) ON UPDATE no action ON DELETE set null,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE restrict,
	CONSTRAINT "alerts_resolved" CHECK(("alerts"."state" = 'resolved') = ("alerts"."resolved_at" IS NOT NULL)),
	CONSTRAINT "alerts_resolution" CHECK(("alerts"."resolved_at" IS NULL) = ("alerts"."resolution" IS NULL)),
	CONSTRAINT "alerts_acknowledged" CHECK("alerts"."state" <> 'acknowledged' OR "alerts"."acknowledged_at" IS NOT NULL)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `alerts_once` ON `alerts` (`rule_id`,`subject_kind`,`subject_id`,`period`) WHERE state <> 'resolved';--> statement-breakpoint
CREATE INDEX `alerts_unresolved` ON `alerts` (`subject_kind`,`subject_id`,`period`) WHERE state <> 'resolved';--> statement-breakpoint
CREATE INDEX `alerts_unresolved_kind` ON `alerts` (`kind`,`period`) WHERE state <> 'resolved';--> statement-breakpoint
CREATE INDEX `alerts_rule` ON `alerts` (`rule_id`);--> statement-breakpoint
CREATE INDEX `alerts_state` ON `alerts` (`state`,`opened_at`);--> statement-breakpoint
CREATE INDEX `alerts_kind` ON `alerts` (`kind`,`state`,`opened_at`);--> statement-breakpoint
CREATE INDEX `alerts_organization` ON `alerts` (`organization_id`,`state`,`opened_at`);--> statement-breakpoint
CREATE INDEX `alerts_opened` ON `alerts` (`opened_at`);--> statement-breakpoint
CREATE INDEX `alerts_unannounced` ON `alerts` (`announced`) WHERE announced = 0;--> statement-breakpoint
CREATE TABLE `health_checks` (
	`kind` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`faults` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `organizations` ADD `alert_version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `organizations` ADD `alert_below` integer;--> statement-breakpoint
ALTER TABLE `organizations` ADD `alert_spent` integer;--> statement-breakpoint
ALTER TABLE `organizations` ADD `alert_month` integer;--> statement-breakpoint
CREATE INDEX `organizations_alert_version` ON `organizations` (`alert_version`);--> statement-breakpoint
INSERT INTO `alert_rules` (`kind`, `threshold`, `enabled`, `created_at`) VALUES
	('balance_amount', 1000000, 1, unixepoch() * 1000),
	('balance_share', 20, 1, unixepoch() * 1000),
	('balance_days', 14, 1, unixepoch() * 1000),
	('pool_amount', 1000000, 1, unixepoch() * 1000),
	('pool_share', 10, 1, unixepoch() * 1000),
	('pool_days', 30, 1, unixepoch() * 1000),
	('month_growth', 50, 1, unixepoch() * 1000),
	('month_growth', 100, 1, unixepoch() * 1000),
	('allowance_share', 80, 1, unixepoch() * 1000),
	('allowance_share', 100, 1, unixepoch() * 1000),
	('refusals', 20, 1, unixepoch() * 1000),
	('unusual_spend', 6, 1, unixepoch() * 1000),
	('key_expiring', 14, 1, unixepoch() * 1000),
	('key_unused', 90, 1, unixepoch() * 1000),
	('backup_age', 26, 1, unixepoch() * 1000),
	('verify_age', 8, 1, unixepoch() * 1000),
	('verify_failed', 0, 1, unixepoch() * 1000),
	('access_changed', 0, 1, unixepoch() * 1000);
--> statement-breakpoint
INSERT INTO `alert_state` (`id`, `version`, `allowance_shares`) VALUES (1, 1, '[80,100]');
--> statement-breakpoint
CREATE TRIGGER `organization_tags_added_alerts` AFTER INSERT ON `organization_tags`
WHEN EXISTS (SELECT 1 FROM `alert_rules` WHERE `tag` IS NOT NULL)
BEGIN
	UPDATE `organizations` SET `alert_version` = 0 WHERE `id` = NEW.`organization_id` AND `alert_version` <> 0;
END;
--> statement-breakpoint
CREATE TRIGGER `organization_tags_removed_alerts` AFTER DELETE ON `organization_tags`
WHEN EXISTS (SELECT 1 FROM `alert_rules` WHERE `tag` IS NOT NULL)
BEGIN
	UPDATE `organizations` SET `alert_version` = 0 WHERE `id` = OLD.`organization_id` AND `alert_version` <> 0;
END;
--> statement-breakpoint
CREATE TRIGGER `organizations_active_alerts` AFTER UPDATE OF `active` ON `organizations`
WHEN NEW.`active` <> OLD.`active`
BEGIN
	UPDATE `organizations` SET `alert_version` = 0 WHERE `id` = NEW.`id`;
END;
