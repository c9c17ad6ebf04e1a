CREATE TABLE `credit_type_members` (
	`credit_type_id` integer NOT NULL,
	`role` text NOT NULL,
	`active` integer NOT NULL,
	`members` integer NOT NULL,
	PRIMARY KEY(`credit_type_id`, `role`, `active`),
	FOREIGN KEY (`credit_type_id`) REFERENCES `credit_types`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
CREATE TABLE `credit_type_months` (
	`credit_type_id` integer NOT NULL,
	`month` integer NOT NULL,
	`active_members` integer NOT NULL,
	PRIMARY KEY(`month`, `credit_type_id`),
	FOREIGN KEY (`credit_type_id`) REFERENCES `credit_types`(`id`) ON UPDATE no action ON DELETE restrict
);
--> statement-breakpoint
INSERT INTO `credit_type_members` (`credit_type_id`, `role`, `active`, `members`)
SELECT o.credit_type_id, m.role, m.active, count(*) FROM memberships m JOIN organizations o ON o.id = m.organization_id
GROUP BY 1, 2, 3;
--> statement-breakpoint
INSERT INTO `credit_type_months` (`credit_type_id`, `month`, `active_members`)
SELECT o.credit_type_id, m.month, count(*) FROM membership_months m JOIN organizations o ON o.id = m.organization_id
GROUP BY 1, 2;
--> statement-breakpoint
CREATE TRIGGER `memberships_count_insert` AFTER INSERT ON `memberships` BEGIN
	INSERT INTO credit_type_members (credit_type_id, role, active, members)
	SELECT credit_type_id, new.role, new.active, 1 FROM organizations WHERE id = new.organization_id
	ON CONFLICT (credit_type_id, role, active) DO UPDATE SET members = members + 1;
END;
--> statement-breakpoint
CREATE TRIGGER `memberships_count_update` AFTER UPDATE OF `role`, `active` ON `memberships`
WHEN old.role <> new.role OR old.active <> new.active BEGIN
	UPDATE credit_type_members SET members = members - 1
	WHERE credit_type_id = (SELECT credit_type_id FROM organizations WHERE id = old.organization_id)
		AND role = old.role AND active = old.active;
	INSERT INTO credit_type_members (credit_type_id, role, active, members)
	SELECT credit_type_id, new.role, new.active, 1 FROM organizations WHERE id = new.organization_id
	ON CONFLICT (credit_type_id, role, active) DO UPDATE SET members = members + 1;
END;
--> statement-breakpoint
CREATE TRIGGER `memberships_count_delete` AFTER DELETE ON `memberships` BEGIN
	UPDATE credit_type_members SET members = members - 1
	WHERE credit_type_id = (SELECT credit_type_id FROM organizations WHERE id = old.organization_id)
		AND role = old.role AND active = old.active;
END;
--> statement-breakpoint
CREATE TRIGGER `organizations_count_members` AFTER UPDATE OF `credit_type_id` ON `organizations`
WHEN old.credit_type_id <> new.credit_type_id BEGIN
	UPDATE credit_type_members SET members = members -
		(SELECT count(*) FROM memberships m WHERE m.organization_id = old.id
			AND m.role = credit_type_members.role AND m.active = credit_type_members.active)
	WHERE credit_type_id = old.credit_type_id;
	INSERT INTO credit_type_members (credit_type_id, role, active, members)
	SELECT new.credit_type_id, role, active, count(*) FROM memberships WHERE organization_id = new.id
	GROUP BY role, active
	ON CONFLICT (credit_type_id, role, active) DO UPDATE SET members = members + excluded.members;
END;
--> statement-breakpoint
CREATE TRIGGER `membership_months_count_insert` AFTER INSERT ON `membership_months` BEGIN
	INSERT INTO credit_type_months (credit_type_id, month, active_members)
	SELECT credit_type_id, new.month, 1 FROM organizations WHERE id = new.organization_id
	ON CONFLICT (month, credit_type_id) DO UPDATE SET active_members = active_members + 1;
END;
--> statement-breakpoint
CREATE TRIGGER `membership_months_count_delete` AFTER DELETE ON `membership_months` BEGIN
	UPDATE credit_type_months SET active_members = active_members - 1
	WHERE credit_type_id = (SELECT credit_type_id FROM organizations WHERE id = old.organization_id)
		AND month = old.month;
END;
