"""What cameras report by themselves: people and vehicles counted, crowds and standing traffic proposed.

A person decides what becomes of a proposal.
"""
