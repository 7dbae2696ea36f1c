-- A line of planned works is one of planned works. What reaches more than one ward is public only as somebody else has
-- read it: the line names what was proposed, says the same, and is another person's.
CREATE OR REPLACE FUNCTION check_announcement_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about incidents_announcement;
    read incidents_announcementline;
BEGIN
    SELECT * INTO about FROM incidents_announcement WHERE id = NEW.announcement_id;
    IF NEW.planned <> about.planned THEN
        RAISE EXCEPTION 'a line is planned as its announcement is' USING ERRCODE = 'restrict_violation';
    END IF;
    IF about.planned AND cardinality(about.area_codes) > 1 AND NEW.kind IN ('issued', 'corrected') THEN
        SELECT * INTO read FROM incidents_announcementline WHERE id = NEW.decides_id;
        IF read.id IS NULL OR read.kind <> 'proposed' OR read.announcement_id <> NEW.announcement_id
            OR read.by_id = NEW.by_id
            OR (read.title, read.title_en, read.text, read.text_en, read.starts_at, read.until, read.weekdays)
                <> (NEW.title, NEW.title_en, NEW.text, NEW.text_en, NEW.starts_at, NEW.until, NEW.weekdays)
            OR (read.hours_from, read.hours_to) IS DISTINCT FROM (NEW.hours_from, NEW.hours_to)
        THEN
            RAISE EXCEPTION 'a second person agrees to works in more than one ward' USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER announcement_lines_are_checked BEFORE INSERT ON incidents_announcementline
    FOR EACH ROW EXECUTE FUNCTION check_announcement_line();

CREATE OR REPLACE TRIGGER announcement_pictures_are_append_only BEFORE UPDATE OR DELETE ON incidents_announcementpicture
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_announcements();
