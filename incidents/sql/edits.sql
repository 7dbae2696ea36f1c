-- The marks that edits of the rules have left: others than before where any of them was changed.
SELECT marks FROM incidents_edits
