"""Calls answered by a machine: the telephone systems of VOICE_SOURCES send what they hear and get what to say.

An adapter for each kind of system (`own`, `twilio`, `jambonz`, `asterisk`) translates; `calls.take_event` stores each
turn before it answers, and answers a repeated event as before.
"""
