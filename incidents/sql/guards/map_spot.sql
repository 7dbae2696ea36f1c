-- Where a point lies on the map, as one number of 52 bits: the bits of its column and row among 2^26 × 2^26 squares of
-- the Mercator world, one of each in turn. The incidents of a square of a level (a tile, say) are a range of it.
CREATE OR REPLACE FUNCTION map_spot(place geometry) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    side CONSTANT double precision := 67108864; -- 2^26
    tangent CONSTANT double precision := pi() / 4 + radians(least(greatest(public.ST_Y(place), -85.0511), 85.0511)) / 2;
    x bigint := least(greatest(floor((public.ST_X(place) + 180) / 360 * side), 0), side - 1);
    y bigint := least(greatest(floor((1 - ln(tan(tangent)) / pi()) / 2 * side), 0), side - 1);
BEGIN
    x := (x | (x << 16)) & 281470681808895; -- each time half as many bits stay together: x'0000FFFF0000FFFF'
    x := (x | (x << 8)) & 71777214294589695; -- x'00FF00FF00FF00FF'
    x := (x | (x << 4)) & 1085102592571150095; -- x'0F0F0F0F0F0F0F0F'
    x := (x | (x << 2)) & 3689348814741910323; -- x'3333333333333333'
    x := (x | (x << 1)) & 6148914691236517205; -- x'5555555555555555'
    y := (y | (y << 16)) & 281470681808895;
    y := (y | (y << 8)) & 71777214294589695;
    y := (y | (y << 4)) & 1085102592571150095;
    y := (y | (y << 2)) & 3689348814741910323;
    y := (y | (y << 1)) & 6148914691236517205;
    RETURN (y << 1) | x;
END
$$;
