"""Calls that a machine answers: the telephone systems of VOICE_SOURCES say what is heard, and are told what to say.

An adapter for each kind of system (`own`, `twilio`, `jambonz`, `asterisk`) translates; `calls.take_event` stores each
turn before it is answered, and answers one that comes again as it did before.
"""
