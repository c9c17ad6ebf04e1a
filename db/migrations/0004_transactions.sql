CREATE TABLE `organization_months` (
	`application_id` integer NOT NULL,
	`month` integer NOT NULL,
	`organization_id` integer NOT NULL,
	`spent` integer NOT NULL,
	PRIMARY KEY(`application_id`, `month`, `organization_id`),
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
CREATE INDEX `organization_months_month` ON `organization_months` (`month`,`organization_id`,`spent`);--> statement-breakpoint
CREATE INDEX `ledger_entries_organization_kind` ON `ledger_entries` (`organization_id`,`occurred_at`) WHERE kind <> 'spend';--> statement-breakpoint
INSERT INTO `organization_months` (application_id, month, organization_id, spent)
SELECT application_id, day / 100, organization_id, sum(spent) FROM organization_days GROUP BY 1, 2, 3;
