-- What is sealed is only added to. The guards say what may still be written into a row: a proof, a tombstone's seal; and
-- which lines of the viewing ledger are old enough to be deleted.
REVOKE UPDATE, DELETE ON cameras_seal, cameras_nopicture, cameras_viewloghead, cameras_sealhead FROM {service};
GRANT UPDATE (signature, key, timestamp, stamped_at, mailed_at) ON cameras_viewloghead, cameras_sealhead TO {service};
REVOKE UPDATE ON cameras_viewlogentry, cameras_roomline, cameras_repairpromise FROM {service};
REVOKE DELETE ON cameras_evidence, cameras_tombstone FROM {service};

GRANT SELECT (id, code, name, road, place, source_id, active, public, health, health_since) ON cameras_camera TO {reader};
GRANT SELECT (id, camera_id, current, bearing_deg, angle_deg, range_m, drawn, footprint, verified, state) ON cameras_view TO {reader};
GRANT SELECT (id, owner) ON cameras_source TO {reader};
GRANT SELECT ON cameras_seal, cameras_sealhead, cameras_viewloghead TO {reader};
