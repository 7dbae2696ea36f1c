-- The history is only added to, by the service too; notes go by erase_notes, which writes its line. Which state follows
-- which is law. Of the register of looks at personal data the guard says which lines are old enough to be deleted.
REVOKE UPDATE, DELETE ON
    incidents_event, incidents_eventseal, incidents_historyhead, incidents_accountline, incidents_accountshead,
    incidents_personaldataviewhead
FROM {service};
GRANT UPDATE (signature, key, timestamp, stamped_at, mailed_at) ON
    incidents_historyhead, incidents_accountshead, incidents_personaldataviewhead
TO {service};
REVOKE UPDATE ON incidents_personaldataview FROM {service};
-- What citizens reported stays: a person's words are erased by emptying them.
REVOKE DELETE ON incidents_incident, incidents_report, incidents_enquiry, incidents_heldreport FROM {service};
-- So is the history of an enquiry.
REVOKE UPDATE, DELETE ON incidents_enquiryline FROM {service};
-- And an idea with its history.
REVOKE DELETE ON incidents_idea FROM {service};
REVOKE UPDATE, DELETE ON incidents_idealine FROM {service};
-- And that of the pages that answer.
REVOKE UPDATE, DELETE ON incidents_answerline FROM {service};
REVOKE DELETE ON incidents_answerversion FROM {service};
REVOKE DELETE ON incidents_campaignversion FROM {service};
-- And what was announced.
REVOKE UPDATE, DELETE ON incidents_announcement, incidents_announcementline, incidents_announcementpicture FROM {service};
-- And how emergency mode was switched, with its bulletins.
REVOKE DELETE ON incidents_emergency FROM {service};
REVOKE UPDATE, DELETE ON incidents_emergencyline, incidents_emergencybulletin FROM {service};
REVOKE INSERT, UPDATE, DELETE ON incidents_passage, incidents_historyarchive FROM {service};
REVOKE INSERT, DELETE ON incidents_edit FROM {service};
-- Of the key that signs posts the service has what it opens with its own keys.
REVOKE ALL ON incidents_signingkey FROM {service};
GRANT SELECT (locked) ON incidents_signingkey TO {service};

-- Statistics and open data: what happened where and who answers for it; no contact, no key, no note.
GRANT SELECT ON
    incidents_absence, incidents_acceptedchange, incidents_acceptedday, incidents_areashare, incidents_authority, incidents_calendarday, incidents_category, incidents_coverednote,
    incidents_digest, incidents_directive, incidents_directive_incidents, incidents_doneday, incidents_edit, incidents_edits, incidents_endedmonth,
    incidents_escalationstep, incidents_eventseal, incidents_extension, incidents_historyhead,
    incidents_incident, incidents_mapsum, incidents_membership, incidents_passage, incidents_placedmonth, incidents_placement, incidents_progress, incidents_proof,
    incidents_ratingchange, incidents_reassignment, incidents_reform, incidents_reform_ends, incidents_reminder,
    incidents_routingrule, incidents_ruleproposal, incidents_servicelevel, incidents_subtask,
    incidents_sumchange, incidents_unitchange, incidents_unitsum
TO {reader};
GRANT SELECT (id, incident_id, channel, language, received_at, erased_at) ON incidents_report TO {reader};
GRANT SELECT (id, username, first_name, last_name, is_active, language) ON incidents_user TO {reader};
GRANT SELECT (id, incident_id, kind, state, at, by_id, authority_id, public, reasons, erased_at) ON incidents_event TO {reader};
GRANT SELECT (id, report_id, result_id, stars, at) ON incidents_rating TO {reader};
GRANT SELECT (id, incident_id, event_id, public, masking) ON incidents_photo TO {reader};
GRANT SELECT (incident_id, changed_in) ON incidents_incidentwords TO {reader};
