-- Makes the next part of the history, unless there is one that nobody writes into yet.
SELECT add_history_part()
