"""Chase open incidents until they are done: reminders each minute, weekly digests, directives.

`deadlines` computes what is due; messages leave through `notify`.
"""
