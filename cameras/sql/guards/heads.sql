-- A published head stays as it is (refuse_to_change_head of the incidents).
CREATE OR REPLACE TRIGGER heads_stay BEFORE UPDATE OR DELETE ON cameras_viewloghead
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_head();
CREATE OR REPLACE TRIGGER heads_stay BEFORE UPDATE OR DELETE ON cameras_sealhead
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_head();
