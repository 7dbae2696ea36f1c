-- One of the few places at which a file may be made, held until this transaction ends: whether it was free.
SELECT pg_try_advisory_xact_lock(hashtext('gis_data.export'), %(slot)s)
