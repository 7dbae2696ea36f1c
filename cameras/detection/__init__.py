"""Propose findings from cameras: people and vehicles counted, crowds and standing traffic reported.

A person decides what becomes of a proposal.
"""
