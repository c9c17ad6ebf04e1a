CREATE TABLE `api_keys` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`organization_id` integer,
	`prefix` text NOT NULL,
	`key_hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_key_hash` ON `api_keys` (`key_hash`);--> statement-breakpoint
CREATE INDEX `api_keys_organization` ON `api_keys` (`organization_id`,`id`);--> statement-breakpoint
CREATE TABLE `applications` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`name_key` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `applications_name_key` ON `applications` (`name_key`);--> statement-breakpoint
CREATE TABLE `approved_domains` (
	`id` integer PRIMARY KEY NOT NULL,
	`organization_id` integer NOT NULL,
	`domain` text NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
CREATE UNIQUE INDEX `approved_domains_organization_domain` ON `approved_domains` (`organization_id`,`domain`);--> statement-breakpoint
CREATE TABLE `credit_type_days` (
	`credit_type_id` integer NOT NULL,
	`day` integer NOT NULL,
	`application_id` integer NOT NULL,
	`spent` integer NOT NULL,
	PRIMARY KEY(`credit_type_id`, `day`, `application_id`),
	FOREIGN KEY (`credit_type_id`) REFERENCES `credit_types`(`id`) ON UPDATE no action ON DELETE restrict
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `credit_type_days_day` ON `credit_type_days` (`day`);--> statement-breakpoint
CREATE TABLE `ledger_entries` (
	`id` integer PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`debit_account` text NOT NULL,
	`credit_account` text NOT NULL,
	`amount` integer NOT NULL,
	`credit_type_id` integer NOT NULL,
	`organization_id` integer,
	`membership_id` integer,
	`application_id` integer,
	`reverses_id` integer,
	`occurred_at` integer NOT NULL,
	`day` integer NOT NULL,
	`recorded_at` integer NOT NULL,
	`external_id` text NOT NULL,
	`source` text NOT NULL,
	`request_hash` blob NOT NULL,
	`balance_after` integer NOT NULL,
	`month_spent_after` integer,
	`allowance_then` integer,
	`api_key_id` integer,
	`metadata` text,
	`note` text,
	FOREIGN KEY (`credit_type_id`) REFERENCES `credit_types`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`membership_id`) REFERENCES `memberships`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`application_id`) REFERENCES `applications`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`api_key_id`) REFERENCES `api_keys`(`id`) ON UPDATE no action ON DELETE restrict,
	CONSTRAINT "ledger_entries_amount_positive" CHECK("ledger_entries"."amount" > 0),
	CONSTRAINT "ledger_entries_balance_not_negative" CHECK("ledger_entries"."balance_after" >= 0),
	CONSTRAINT "ledger_entries_accounts" CHECK(CASE "ledger_entries"."kind"
        WHEN 'purchase' THEN "ledger_entries"."debit_account" = 'outside' AND "ledger_entries"."credit_account" = 'pool'
        WHEN 'allocation' THEN "ledger_entries"."debit_account" = 'pool' AND "ledger_entries"."credit_account" = 'organization'
        WHEN 'return' THEN "ledger_entries"."debit_account" = 'organization' AND "ledger_entries"."credit_account" = 'pool'
        WHEN 'spend' THEN "ledger_entries"."debit_account" = 'organization' AND "ledger_entries"."credit_account" = 'consumed'
        ELSE "ledger_entries"."reverses_id" IS NOT NULL AND "ledger_entries"."debit_account" <> "ledger_entries"."credit_account" END),
	CONSTRAINT "ledger_entries_reverses" CHECK(("ledger_entries"."kind" = 'reversal') = ("ledger_entries"."reverses_id" IS NOT NULL)),
	CONSTRAINT "ledger_entries_organization" CHECK(("ledger_entries"."organization_id" IS NULL) = ('organization' NOT IN ("ledger_entries"."debit_account", "ledger_entries"."credit_account"))),
	CONSTRAINT "ledger_entries_member" CHECK(("ledger_entries"."membership_id" IS NOT NULL AND "ledger_entries"."application_id" IS NOT NULL) = ('consumed' IN ("ledger_entries"."debit_account", "ledger_entries"."credit_account")))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `ledger_entries_external_id` ON `ledger_entries` (`external_id`,`source`,coalesce(organization_id, 0));--> statement-breakpoint
CREATE UNIQUE INDEX `ledger_entries_reverses` ON `ledger_entries` (`reverses_id`) WHERE reverses_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `ledger_entries_occurred` ON `ledger_entries` (`occurred_at`);--> statement-breakpoint
CREATE INDEX `ledger_entries_organization` ON `ledger_entries` (`organization_id`,`occurred_at`);--> statement-breakpoint
CREATE INDEX `ledger_entries_membership` ON `ledger_entries` (`membership_id`,`occurred_at`);--> statement-breakpoint
CREATE INDEX `ledger_entries_application` ON `ledger_entries` (`application_id`,`occurred_at`);--> statement-breakpoint
CREATE INDEX `ledger_entries_credit_type` ON `ledger_entries` (`credit_type_id`,`occurred_at`);--> statement-breakpoint
CREATE INDEX `ledger_entries_kind` ON `ledger_entries` (`kind`,`occurred_at`) WHERE kind <> 'spend';--> statement-breakpoint
CREATE TABLE `members` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`email` text NOT NULL,
	`email_key` text NOT NULL,
	`created_at` integer NOT NULL,
	`memberships` integer DEFAULT 0 NOT NULL,
	`active_memberships` integer DEFAULT 0 NOT NULL,
	`spent` integer DEFAULT 0 NOT NULL,
	`last_active_at` integer,
	`name_key` text NOT NULL,
	`search_text` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `members_email_key` ON `members` (`email_key`);--> statement-breakpoint
CREATE INDEX `members_name` ON `members` (`name_key`,`id`);--> statement-breakpoint
CREATE INDEX `members_spent` ON `members` (`spent`,`id`);--> statement-breakpoint
CREATE INDEX `members_last_active` ON `members` (`last_active_at`,`id`);--> statement-breakpoint
CREATE INDEX `members_created` ON `members` (`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `membership_months` (
	`membership_id` integer NOT NULL,
	`month` integer NOT NULL,
	`organization_id` integer NOT NULL,
	`spent` integer NOT NULL,
	PRIMARY KEY(`membership_id`, `month`),
	FOREIGN KEY (`membership_id`) REFERENCES `memberships`(`id`) ON UPDATE no action ON DELETE restrict
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `membership_months_organization` ON `membership_months` (`organization_id`,`month`,`spent`);--> statement-breakpoint
CREATE TABLE `memberships` (
	`id` integer PRIMARY KEY NOT NULL,
	`member_id` integer NOT NULL,
	`organization_id` integer NOT NULL,
	`role` text NOT NULL,
	`active` integer NOT NULL,
	`allowance` text NOT NULL,
	`monthly_allowance` integer,
	`created_at` integer NOT NULL,
	`spent` integer DEFAULT 0 NOT NULL,
	`last_active_at` integer,
	`name_key` text NOT NULL,
	FOREIGN KEY (`member_id`) REFERENCES `members`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE restrict,
	CONSTRAINT "memberships_allowance" CHECK(("memberships"."allowance" = 'own') = ("memberships"."monthly_allowance" IS NOT NULL)),
	CONSTRAINT "memberships_monthly_allowance_not_negative" CHECK("memberships"."monthly_allowance" >= 0)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `memberships_organization_member` ON `memberships` (`organization_id`,`member_id`);--> statement-breakpoint
CREATE INDEX `memberships_member` ON `memberships` (`member_id`);--> statement-breakpoint
CREATE INDEX `memberships_organization_name` ON `memberships` (`organization_id`,`name_key`,`id`);--> statement-breakpoint
CREATE INDEX `memberships_organization_spent` ON `memberships` (`organization_id`,`spent`,`id`);--> statement-breakpoint
CREATE TABLE `organization_days` (
	`organization_id` integer NOT NULL,
	`day` integer NOT NULL,
	`application_id` integer NOT NULL,
	`spent` integer NOT NULL,
	PRIMARY KEY(`organization_id`, `day`, `application_id`),
	FOREIGN KEY (`organization_id`) REFERENCES `organizations`(`id`) ON UPDATE no action ON DELETE restrict
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `organization_days_day` ON `organization_days` (`day`,`organization_id`,`spent`);--> statement-breakpoint
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_credit_types` (
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
	`total_spent` integer DEFAULT 0 NOT NULL,
	CONSTRAINT "credit_types_available_not_negative" CHECK("__new_credit_types"."available" >= 0)
);
--> statement-breakpoint
INSERT INTO `__new_credit_types`("id", "name", "name_key", "currency", "exchange_rate", "archived_at", "created_at", "organizations", "active_organizations", "members", "balance", "available", "total_purchased", "total_spent") SELECT "id", "name", "name_key", "currency", "exchange_rate", "archived_at", "created_at", "organizations", "active_organizations", "members", "balance", "available", "total_purchased", "total_spent" FROM `credit_types`;--> statement-breakpoint
DROP TABLE `credit_types`;--> statement-breakpoint
ALTER TABLE `__new_credit_types` RENAME TO `credit_types`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE UNIQUE INDEX `credit_types_name_key` ON `credit_types` (`name_key`);
--> statement-breakpoint
CREATE VIRTUAL TABLE `members_search` USING fts5(
	search_text,
	content='members',
	content_rowid='id',
	tokenize='trigram case_sensitive 1'
);
--> statement-breakpoint
CREATE TRIGGER `members_search_insert` AFTER INSERT ON `members` BEGIN
	INSERT INTO members_search(rowid, search_text) VALUES (new.id, new.search_text);
END;
--> statement-breakpoint
CREATE TRIGGER `members_search_update` AFTER UPDATE OF `search_text` ON `members`
WHEN old.search_text <> new.search_text BEGIN
	INSERT INTO members_search(members_search, rowid, search_text) VALUES ('delete', old.id, old.search_text);
	INSERT INTO members_search(rowid, search_text) VALUES (new.id, new.search_text);
END;
--> statement-breakpoint
CREATE TRIGGER `members_never_deleted` BEFORE DELETE ON `members` BEGIN
	SELECT RAISE(ABORT, 'members are never deleted');
END;
--> statement-breakpoint
CREATE TRIGGER `memberships_never_deleted` BEFORE DELETE ON `memberships` BEGIN
	SELECT RAISE(ABORT, 'memberships are never deleted');
END;
--> statement-breakpoint
CREATE TRIGGER `ledger_entries_no_update` BEFORE UPDATE ON `ledger_entries` BEGIN
	SELECT RAISE(ABORT, 'ledger_entries is append-only');
END;
--> statement-breakpoint
CREATE TRIGGER `ledger_entries_no_delete` BEFORE DELETE ON `ledger_entries` BEGIN
	SELECT RAISE(ABORT, 'ledger_entries is append-only');
END;
