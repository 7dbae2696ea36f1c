"""Who answers: category and place to the responsible authority, the check of the rules, what corrections suggest.

Decides nothing about an incident; `reporting` and `workflow` ask.
"""
