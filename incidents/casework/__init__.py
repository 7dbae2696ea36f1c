"""Work on an incident by desk and reporter: assignment, extensions, subtasks, notes, verdicts.

`workflow.move` takes the steps; `access` decides who may.
"""
