-- Deliveries that waited behind one that was deleted with its event were never due.
UPDATE `deliveries` SET `next_try_at` = unixepoch() * 1000
WHERE `state` = 'waiting' AND `next_try_at` IS NULL AND NOT EXISTS (SELECT 1 FROM `deliveries` `before`
	WHERE `before`.`endpoint_id` = `deliveries`.`endpoint_id` AND `before`.`subject` = `deliveries`.`subject`
	AND `before`.`state` = 'waiting' AND `before`.`id` < `deliveries`.`id`);
