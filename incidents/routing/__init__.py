"""Route categories and places to authorities, check the rules, and propose rules from corrections.

Decides nothing about an incident; `reporting` and `workflow` call it.
"""
