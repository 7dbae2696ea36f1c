-- What is sealed is only added to. The guards say what may still be written into a row: a proof, a tombstone's seal; and
-- which lines of the viewing ledger are old enough to be deleted.
REVOKE UPDATE, DELETE ON cameras_seal, cameras_nopicture, cameras_viewloghead, cameras_sealhead FROM {service};
GRANT UPDATE (signature, key, timestamp, stamped_at, mailed_at) ON cameras_viewloghead, cameras_sealhead TO {service};
REVOKE UPDATE ON cameras_viewlogentry FROM {service};
REVOKE DELETE ON cameras_evidence, cameras_tombstone FROM {service};

GRANT SELECT ON cameras_seal, cameras_sealhead, cameras_viewloghead TO {reader};
