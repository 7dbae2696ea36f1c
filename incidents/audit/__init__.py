"""Proof that the history is whole: its hash chain, the daily published heads, the check of both.

Knows lines and digests, not what they mean.
"""
