-- What a reform changes in each incident; and where each lies in the edition that it leaves, in place of the one it enters.
WITH ledger AS (
    INSERT INTO incidents_reassignment
        (reform_id, incident_id, old_area_id, new_area_id, old_authority_id, new_authority_id, old_state)
    SELECT %(reform)s, incident, old_area, new_area, old_authority, new_authority, old_state FROM staged_move
)
UPDATE incidents_placement placement
SET edition_id = old_area.edition_id, area_id = old_area.id
FROM staged_move move
JOIN gis_data_area old_area ON old_area.id = move.old_area
JOIN gis_data_area new_area ON new_area.id = move.new_area AND new_area.edition_id <> old_area.edition_id
WHERE placement.incident_id = move.incident AND placement.edition_id = new_area.edition_id
