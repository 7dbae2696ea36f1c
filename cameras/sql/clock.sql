-- What time it is for all processes alike, whatever the clocks of their machines say.
SELECT clock_timestamp()
