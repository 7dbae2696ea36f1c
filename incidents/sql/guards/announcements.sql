-- What was announced is never changed: it is corrected, ended or taken back by a further line, which is recorded.
CREATE OR REPLACE FUNCTION refuse_to_change_announcements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'announcements are only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER announcements_are_append_only BEFORE UPDATE OR DELETE ON incidents_announcement
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_announcements();
CREATE OR REPLACE TRIGGER announcements_are_not_emptied BEFORE TRUNCATE ON incidents_announcement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_announcements();
CREATE OR REPLACE TRIGGER announcement_lines_are_append_only BEFORE UPDATE OR DELETE ON incidents_announcementline
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_announcements();
CREATE OR REPLACE TRIGGER announcement_lines_are_not_emptied BEFORE TRUNCATE ON incidents_announcementline
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_announcements();
