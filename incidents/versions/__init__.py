"""Versions of a page: a draft of one person, a second person's yes, and what was changed."""
