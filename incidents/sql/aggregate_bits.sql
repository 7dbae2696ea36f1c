-- Eight bytes of an incident that has ended, as aggregate_pack.sql describes them.
int8send(
    (extract(day FROM received_at AT TIME ZONE %(zone)s)::bigint << 56)
    | (published::int::bigint << 55)
    | ((closed_at <= due_at)::int::bigint << 54)
    | ((CASE state WHEN 'resolved' THEN 1 WHEN 'closed' THEN 2 ELSE 3 END)::bigint << 52)
    | (category_id << 32)
    | least(greatest(extract(epoch FROM closed_at - received_at), 0), 4294967295)::bigint
)
