"""People who work here: who is away, who leaves, and what becomes of their work.

Signing in and the pages for it live in `views/staff`.
"""
