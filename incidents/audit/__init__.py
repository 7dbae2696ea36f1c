"""Prove that the history is unaltered: its hash chain, the daily published heads, and the verification of both.

This package knows lines and digests, not their meaning.
"""
