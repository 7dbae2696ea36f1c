"""Open incidents chased until they are done: reminders each minute, weekly digests, directives.

When something is due, `deadlines` says; messages leave through `notify`.
"""
