-- A membership that never spent may be removed, and its person with the last one.
DROP TRIGGER `members_never_deleted`;--> statement-breakpoint
DROP TRIGGER `memberships_never_deleted`;--> statement-breakpoint
CREATE TRIGGER `members_who_spent_never_deleted` BEFORE DELETE ON `members`
WHEN old.spent <> 0 OR old.last_active_at IS NOT NULL BEGIN
	SELECT RAISE(ABORT, 'members who have spent are never deleted');
END;
--> statement-breakpoint
CREATE TRIGGER `memberships_that_spent_never_deleted` BEFORE DELETE ON `memberships`
WHEN old.spent <> 0 OR old.last_active_at IS NOT NULL BEGIN
	SELECT RAISE(ABORT, 'memberships that have spent are never deleted');
END;
