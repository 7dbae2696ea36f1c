"""What a desk and a reporter do with an incident: assignment, extensions, subtasks, notes, verdicts.

Steps are taken by `workflow.move`; who may take them, `access` decides.
"""
